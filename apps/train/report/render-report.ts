import { readFileSync } from 'node:fs';
import { formatRadius } from '../../command-line/format-setting.ts';
import { type Html, html, trusted } from '../../report/html.ts';
import { percent } from '../../report/percent.ts';
import { METHOD_NOTES } from '../methods.ts';
import { accuracyChart } from './accuracy-chart.ts';
import { configurationSection } from './configuration-section.ts';
import { evaluationTable } from './evaluation-table.ts';
import { gallerySection } from './gallery-section.ts';
import { landscapeChart } from './landscape-chart.ts';
import { lossChart, termsChart } from './loss-chart.ts';
import type { ReportData } from './report-data.ts';

const STYLE = readFileSync(new URL('../../report/page.css', import.meta.url), 'utf8');

/** The report of a run as one self-contained HTML page: it embeds styles, charts and images. */
export function renderReport(data: ReportData): string {
  const { configuration, metrics, training } = data;
  const title = `${METHOD_NOTES[configuration.method].title} on CIFAR‑10`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<main>
${header(title, data)}
<section>
<h2>Accuracy on test images</h2>
${evaluationTable(data)}
</section>
<section>
<h2>Course of the training</h2>
<div class="pair">
<figure>
<h3>Loss by view</h3>
${lossChart(metrics)}
<figcaption>${lossCaption(data)}</figcaption>
</figure>
<figure>
<h3>Accuracy on held-out images</h3>
${accuracyChart(metrics, training.bestStep)}
<figcaption>Accuracy on ${training.validationExamples.toLocaleString('en')} held-out training images: natural, and under PGD with ${configuration.validationSteps}
steps of ${formatRadius(configuration.evalStepSize)}. The evaluated weights are those of step ${training.bestStep.toLocaleString('en')}, which did best ${training.bestBy === 'natural' ? 'on natural images' : 'under attack'}. The test images were not used for this choice.${accuracyNotes(data)}</figcaption>
</figure>
</div>
${ownTerms(data)}
</section>
<section>
<h2>Loss landscape</h2>
<figure>
${landscapeChart(data.landscapes)}
<figcaption>${landscapeCaption(data)}</figcaption>
</figure>
</section>
${gallerySection(data)}
${configurationSection(data)}
</main>
</body>
</html>
`.markup;
}

function header(title: string, { configuration, training, evaluation }: ReportData): Html {
  const [natural] = evaluation.attacks;
  const robust = evaluation.attacks.find(({ name }) => name.startsWith('PGD'));
  const figures = [
    { result: natural, label: 'natural images' },
    { result: robust, label: `under ${robust?.name}` },
  ];
  return html`<header>
<p class="eyebrow">${configuration.model} · ${training.steps.toLocaleString('en')} steps of ${configuration.batchSize} images · seed ${configuration.seed}</p>
<h1>${title}</h1>
<div class="figures">${figures.map(
    ({
      result,
      label,
    }) => html`<div class="figure"><span class="value">${percent(result?.correct ?? 0, evaluation.examples)}</span>
<span class="label">${label}<br>${(result?.correct ?? 0).toLocaleString('en')} of ${evaluation.examples.toLocaleString('en')} right</span></div>`,
  )}</div>
</header>`;
}

function lossCaption({ configuration, metrics }: ReportData): Html {
  const first = html`Cross-entropy of the training batches as the loss sees them. `;
  if (configuration.method === 'squeeze') {
    return html`${first}<b class="adversarial">Upper</b> is, for each image, the view with the lowest probability of the true class,
<b class="collaborative">lower</b> the one with the highest, among the <b class="natural">natural</b>, adversarial and collaborative views. Squeeze training reduces the difference between the two.`;
  }
  const terms = new Set(metrics.flatMap((line) => (line.kind === 'step' ? Object.keys(line.terms) : [])));
  return terms.has('adversarial')
    ? html`${first}The model trains on the <b class="adversarial">adversarial</b> view and, if the method uses it, on the <b class="natural">natural</b> view.`
    : html`${first}Natural training uses no other view.`;
}

/** Notes on the other lines of the accuracy chart, and the result of the checks for catastrophic overfitting. */
function accuracyNotes({ configuration, metrics }: ReportData): Html {
  const validations = metrics.filter((line) => line.kind === 'validation');
  const checks = metrics.filter((line) => line.kind === 'overfitting');
  const seen = checks.filter(({ overfitted }) => overfitted).map(({ step }) => step);
  return html`${validations.some(({ rawRobustCorrect }) => rawRobustCorrect !== undefined) ? ' The evaluated weights are a moving average over the training; the chart also shows the weights without averaging, under PGD.' : ''}${
    validations.some(({ monitored }) => monitored !== undefined)
      ? ' The gap between training and held-out images under PGD is robust overfitting.'
      : ''
  }${checks.length === 0 ? '' : seen.length === 0 ? ` ${checks.length} checks on a batch found no catastrophic overfitting: the model never did much worse under PGD than on its own training examples.` : ` Catastrophic overfitting, an accuracy on the training examples far above that under PGD on the same images, was seen at step ${seen.join(', ')}${configuration.catastrophicOverfitting === 'stop' ? ', where training went back to the last sound weights and ended' : ''}.`}`;
}

/** The terms of the method's loss other than the cross-entropies of the views. */
function ownTerms({ configuration, metrics }: ReportData): Html {
  const { title, ownTerms: terms } = METHOD_NOTES[configuration.method];
  const names = Object.keys(terms);
  if (names.length === 0) return html``;
  const weighted = names.at(-1) ?? '';
  return html`<figure>
<h3>${title}’s own terms</h3>
${termsChart(metrics, names)}
<figcaption>${names.map((name) => html`<b>${name}</b>: ${terms[name] ?? ''}. `)}The loss weights <b>${weighted}</b> by ${configuration.beta}; the chart shows it without that weight.</figcaption>
</figure>`;
}

function landscapeCaption({ landscapes, configuration }: ReportData): Html {
  const [trained, ...others] = landscapes;
  const compared =
    others.length === 0
      ? html``
      : html` Dashed, for comparison: ${others.map(({ name }) => name).join(', ')}, each at examples found for that model.`;
  return html`Within ${formatRadius(configuration.epsilon)} of every image lie an <b class="adversarial">adversarial</b> point, where the loss is high, and a
<b class="collaborative">collaborative</b> one, where it is lower than at the <b class="natural">image</b>. The line is the mean loss on the
straight path from the collaborative point through the image to the adversarial one, over ${trained?.examples ?? 0} test images; the band holds the middle half of them. The flatter the line, the more stable the prediction.${compared}`;
}
