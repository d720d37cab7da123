import { readFileSync } from 'node:fs';
import type { RobustnessReport } from '@st/evaluation';
import type { Accuracy } from '@st/evaluation/report';

import { formatRadius } from '../../command-line/format-setting.ts';
import { type Html, html, trusted } from '../../report/html.ts';
import { percent } from '../../report/percent.ts';
import { nameOfAll } from '../result-lines.ts';
import { attackTable, normTable } from './attack-table.ts';
import { curveChart } from './curve-chart.ts';
import { detailsSection } from './details-section.ts';
import type { EvaluationPage } from './evaluation-page.ts';
import { flagSection } from './flag-section.ts';
import { foundSection } from './found-section.ts';
import { waterfallChart } from './waterfall-chart.ts';

const STYLE = ['../../report/page.css', './evaluation.css']
  .map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'))
  .join('\n');

/** The report of an evaluation as one self-contained HTML page. */
export function renderEvaluation(page: EvaluationPage): string {
  const { report, samples } = page;
  const title = `Robustness of ${report.model.name ?? 'a model'}`;
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
${header(title, report)}
${flagSection(report.flags)}
<section>
<h2>Accuracy, attack by attack</h2>
${report.attacks.length > 0 ? html`<figure>${waterfallChart(report)}<figcaption>Each attack runs on the images that no attack before it broke. Each bar falls by the images that its attack breaks; other parts of the run that broke images in the ball have bars of their own. The last bar counts the images that nothing broke.</figcaption></figure>` : ''}
${attackTable(report)}
<p class="caption">An image counts as right if the model classifies it correctly and no misclassified point was found in its ball. The interval is Wilson’s, for the accuracy on all such images; more images narrow it.</p>
</section>
${report.curve ? curveSection(report, report.curve) : ''}
${report.smallestPerturbations || report.attacks.some(({ norms }) => norms) ? html`<section><h2>Size of the perturbations</h2>${normTable(report)}</section>` : ''}
${foundSection(report, samples)}
${detailsSection(page)}
</main>
</body>
</html>
`.markup;
}

function header(title: string, report: RobustnessReport): Html {
  const { natural, robust, threat, dataset, autoAttack, brokenElsewhere } = report;
  const ball = threat ? `${threat.norm}, epsilon ${formatRadius(threat.epsilon)}` : 'no attack';
  const count = dataset.indices.length.toLocaleString('en');
  return html`<header>
<p class="eyebrow">${dataset.name} · ${count} images · ${ball}</p>
<h1>${title}</h1>
<div class="figures">${figure('natural images', natural)}${threat ? figure(autoAttack && brokenElsewhere.length === 0 ? `under ${nameOfAll(report)}` : 'under every attack', robust) : ''}</div>
</header>`;
}

function figure(label: string, { correct, total }: Accuracy): Html {
  return html`<div class="figure"><span class="value">${percent(correct, total)}</span>
<span class="label">${label}<br>${correct.toLocaleString('en')} of ${total.toLocaleString('en')} right</span></div>`;
}

function curveSection(report: RobustnessReport, curve: NonNullable<RobustnessReport['curve']>): Html {
  const others = [...new Set(curve.flatMap(({ attacks }) => attacks))].join(', ');
  return html`<section>
<h2>Robustness over epsilon</h2>
<figure>${curveChart(report, curve)}
<figcaption>The dashed line marks the evaluation’s own attacks. At the other radii, the images that no smaller perturbation breaks are attacked again. A point found at one radius also counts at every larger one. Attacks: ${others}. The band is Wilson’s 95 % interval.</figcaption></figure>
</section>`;
}
