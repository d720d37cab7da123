// Weights to and from PyTorch: loads a .pt file and counts what the network gets right; without a file it writes one first.
// Run: node scripts/run-typescript.mjs examples/load-pytorch.ts [model.pt]
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@st/backend';
import { evaluate } from '@st/core';
import { cifar10 } from '@st/data';
import { loadPretrained, pytorchStateDict, wideResnet, writePytorch } from '@st/models';

/** A network with random weights, as `torch.load` and `load_state_dict(strict=True)` take it. */
async function writeNetwork(): Promise<string> {
  const model = wideResnet({ depth: 10, widen: 1, classes: 10, seed: 1 });
  const path = join(mkdtempSync(join(tmpdir(), 'st-')), 'wrn-10-1.pt');
  writeFileSync(path, writePytorch(await pytorchStateDict(model)));
  model.dispose();
  return path;
}

console.log((await useBackend('auto')).line);
const path = process.argv[2] ?? (await writeNetwork());
const { model, recognized } = await loadPretrained(path); // the program inside the file is read, never run
console.log(`${path}: ${recognized.line}`);
for (const warning of recognized.warnings) console.log(`warning: ${warning}`);

const { test } = await cifar10();
const { natural } = await evaluate(model, test, { examples: 500 });
console.log(`${natural.correct} of ${natural.total} test images right`);
