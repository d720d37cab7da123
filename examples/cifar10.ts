// Trains a robust classifier on the real CIFAR-10 and writes a report of it: `npm start -- --help`. What it runs is in apps/train.
import '../apps/train/main.ts';
