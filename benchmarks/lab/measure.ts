// Run by the laboratory: measures one thing about a trained network and writes it as JSON.
import { useBackend } from '@st/backend';
import { writeFileDurably } from '@st/core/node';
import { cifar10 } from '@st/data';
import { Command, Option } from 'commander';

import { createProgress } from '../../apps/command-line/progress.ts';
import { loadModel } from '../../apps/evaluate/load-model.ts';
import { measureCost } from './measure-cost.ts';
import { measureLosses } from './measure-losses.ts';

const { what, checkpoint, out } = new Command('measure')
  .addOption(new Option('--what <name>', 'what to measure').choices(['collaborative', 'cost']).makeOptionMandatory())
  .requiredOption('--checkpoint <path>', 'folder of a run')
  .requiredOption('--out <file>', 'JSON file to write')
  .parse()
  .opts<{ what: 'collaborative' | 'cost'; checkpoint: string; out: string }>();

const progress = createProgress(process.stdout);
const { name: backend } = await useBackend('auto');
const { classifier, dispose } = await loadModel(checkpoint, {});
const { train, test } = await cifar10({ augment: [] });
const measured =
  what === 'cost'
    ? measureCost(classifier, train, {
        batches: 20,
        batchSize: 128,
        onProgress: (done, total) => progress.show({ task: 'cost of a step', unit: 'batch', done, total }),
      })
    : await measureLosses(classifier, test, {
        examples: 1000,
        batchSize: 100,
        radii: [2, 4, 8, 16],
        onProgress: (radius, done, total) =>
          progress.show({ task: `radius ${radius}/255`, unit: 'image', done, total }),
      });
await writeFileDurably(out, `${JSON.stringify({ backend, ...measured }, null, 1)}\n`);
progress.clear();
dispose();
