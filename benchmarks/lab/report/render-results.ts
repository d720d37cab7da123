import { experimentsGiven } from '../plan.ts';
import type { Results } from '../results.ts';
import { drawSvg } from './draw-svg.ts';
import { measuredModels, seriesOf } from './measured-model.ts';
import {
  accuracySection,
  costSection,
  existenceSection,
  gainSection,
  pairedSection,
  type Section,
  workSection,
} from './sections.ts';

/** The page and its plots, by file name. */
export type Page = { readonly markdown: string; readonly plots: Readonly<Record<string, string>> };

/** The page of results, from the files of results alone. */
export function renderResults(results: Results): Page {
  const models = measuredModels(results);
  const series = seriesOf(models);
  const existence = series.map(existenceSection);
  const gain = gainSection(models);
  const accuracies = series.flatMap((one) => [accuracySection(one), pairedSection(one)]);
  const work = workSection(models);
  const all = [...existence, gain, ...accuracies, work];
  const plots = Object.assign({}, ...all.map((section) => section.plots)) as Section['plots'];
  const markdown = [
    opening(models.length, experimentsGiven(results).length),
    '## 1. Do collaborative examples exist?\n',
    'Cross-entropy of 1 000 test images at the image, at its collaborative and at its adversarial example (20 steps of a quarter of the radius): mean, and in brackets the 5 % quantile, the median and the 95 % quantile.\n',
    ...existence.map((section) => section.markdown),
    '## 2. Does a more robust model gain less?\n',
    'The gain is the mean of the natural minus the collaborative loss at 8/255.\n',
    gain.markdown,
    '## 3. Does squeeze training raise robustness?\n',
    'Accuracy in percent on the first 1 000 test images, l-infinity, 8/255; mean ± standard deviation over the seeds. AutoAttack is the standard version; `npm run verify` confirmed every adversarial example. The weight is that of the regularizer; further seeds take the one that was best on the held-out images.\n',
    ...accuracies.map((section) => section.markdown),
    '## What does a step cost?\n',
    'A training step on 128 images with a search of 10 steps, on the trained network: median time, and in brackets the share of the search. The methods alternate on the same batches.\n',
    costSection(models).markdown,
    '## The work\n',
    work.markdown,
  ];
  return {
    markdown: `${markdown
      .join('\n')
      .replaceAll(/\n{3,}/g, '\n\n')
      .trim()}\n`,
    plots: Object.fromEntries(Object.entries(plots).map(([file, plot]) => [file, drawSvg(plot)])),
  };
}

function opening(done: number, planned: number): string {
  return `# Results

What the methods of this library reach, measured here; published results take days on GPUs, these are smaller. ${done} of ${planned} trainings that are planned so far have ended.

Every training: CIFAR-10, 49 000 training and 1 000 held-out images, crop and flip, batches of 128, SGD with momentum 0.9 and weight decay 5e-4, one-cycle learning rate with peak 0.1,
inner search of 5 steps of 4/255 in the l-infinity ball of 8/255 (5 instead of the published 10), the best checkpoint by PGD-10 on the held-out images. The flags are in
[\`benchmarks/lab/experiment.ts\`](../benchmarks/lab/experiment.ts), the plan in [\`plan.ts\`](../benchmarks/lab/plan.ts), the data of this page in \`benchmarks/lab/results\`.

\`npm run lab\` works through the plan, \`npm run lab -- --only NAME --results FOLDER --state FOLDER\` repeats one training in other folders, \`npm run lab -- --report\` writes this page.
`;
}
