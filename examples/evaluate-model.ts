// Measures the robustness of a model: AutoAttack on some CIFAR-10 test images, and warnings about the figures.
// Run: node scripts/run-typescript.mjs examples/evaluate-model.ts model.pt [images]
// The file may be PyTorch's .pt, safetensors, or a checkpoint of `fit`; `npm run evaluate` does the same, writes a report, and can resume.
import { autoAttack, linf } from '@st/attacks';
import { useBackend } from '@st/backend';
import { cifar10 } from '@st/data';
import { evaluateRobustness } from '@st/evaluation';
import { loadPretrained } from '@st/models';

const [file, images = '100'] = process.argv.slice(2);
if (file === undefined) throw new Error('Pass the path of a weight file.');

console.log((await useBackend('auto')).line);
const { classifier, recognized } = await loadPretrained(file);
console.log(recognized.line);
const { test } = await cifar10();

const threat = linf(8 / 255);
const { name, attacks } = autoAttack({ threat, classes: classifier.classes });
let shown = '';
const report = await evaluateRobustness({
  classifier,
  dataset: test,
  attacks,
  examples: Number(images),
  seed: 0,
  onProgress: ({ name: part, done, total }) => {
    if (part !== shown) console.log(`${part}: ${total - done} images to go`);
    shown = part;
  },
});

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const { natural, robust, flags } = report;
const { low, high } = robust.interval;
console.log(
  `${percent(natural.accuracy)} natural, ${percent(robust.accuracy)} under ${name} (95 %: ${percent(low)} to ${percent(high)})`,
);
for (const { severity, title, meaning } of flags) console.log(`${severity}: ${title}. ${meaning}`);
