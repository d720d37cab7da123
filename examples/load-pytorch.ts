// Weights to and from PyTorch: loads a .pt file and counts the test images that its network classifies correctly; without a file it writes one first.
// Run: node scripts/run-typescript.mjs examples/load-pytorch.ts [model.pt]
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useBackend } from '@st/backend';
import { evaluate } from '@st/core';
import { cifar10 } from '@st/data';
import { loadPretrained, pytorchStateDict, wideResnet, writePytorch } from '@st/models';

/** Writes a network with random weights in a form that `torch.load` and `load_state_dict(strict=True)` accept. */
async function writeNetwork(): Promise<string> {
  const model = wideResnet({ depth: 10, widen: 1, classes: 10, seed: 1 });
  const path = join(mkdtempSync(join(tmpdir(), 'st-')), 'wrn-10-1.pt');
  writeFileSync(path, writePytorch(await pytorchStateDict(model)));
  model.dispose();
  return path;
}

console.log((await useBackend('auto')).line);
const path = process.argv[2] ?? (await writeNetwork());
const { model, recognized } = await loadPretrained(path); // the pickle program in the file is parsed, never run
console.log(`${path}: ${recognized.line}`);
for (const warning of recognized.warnings) console.log(`warning: ${warning}`);

const { test } = await cifar10();
const { natural } = await evaluate(model, test, { examples: 500 });
console.log(`${natural.correct} of ${natural.total} test images right`);
