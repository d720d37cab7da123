import type { RobustnessReport } from '@st/evaluation';
import type { Accuracy, AttackSummary, Distribution } from '@st/evaluation/report';

import { formatDuration } from '../../command-line/format-duration.ts';
import { type Html, html } from '../../report/html.ts';
import { percent } from '../../report/percent.ts';
import { failureText, nameOfAll, nameOfPart } from '../result-lines.ts';

/** Accuracy after every attack, with exact counts, interval, cost and time. */
export function attackTable(report: RobustnessReport): Html {
  const { natural, robust, attacks, timing, judgement } = report;
  return html`<div class="scroll"><table class="results">
<thead><tr><th scope="col">After</th><th scope="col" class="number">Accuracy</th><th scope="col" class="number">Right</th><th scope="col" class="number">95 % interval</th>
<th scope="col" class="number">Attacked</th><th scope="col" class="number">Broken</th><th scope="col" class="number">Passes per image</th><th scope="col" class="number">Gradients per image</th><th scope="col" class="number">Time</th></tr></thead>
<tbody>${row('natural images', natural, [], timing.natural)}
${attacks.map((attack, i) => row(attack.failed ? `${attack.name} (failed)` : attack.name, attack.robust, costs(attack), timing.attacks[i]?.seconds ?? 0))}
${report.brokenElsewhere.map((part) => row(nameOfPart(part), part.robust, ['', String(part.broken), '', ''], null))}
${attacks.length > 0 ? row(nameOfAll(report), robust, [], timing.total) : ''}</tbody>
</table></div>
${report.failures.map((failure) => html`<p class="caption"><b>Failed:</b> ${failureText(failure)}</p>`)}
${judgement.randomised ? html`<p class="caption">The outputs are random, so each prediction is the majority of up to ${judgement.passes} passes.</p>` : ''}`;
}

/** @param seconds - Null if the time is counted in another row. */
function row(name: string, accuracy: Accuracy, cells: readonly string[], seconds: number | null): Html {
  const { correct, total, interval } = accuracy;
  const blank = ['', '', '', ''];
  return html`<tr><th scope="row">${name}</th><td class="number strong">${percent(correct, total)}</td><td class="number">${correct.toLocaleString('en')} / ${total.toLocaleString('en')}</td>
<td class="number">${(100 * interval.low).toFixed(1)} – ${(100 * interval.high).toFixed(1)}</td>${(
    cells.length > 0 ? cells : blank
  ).map(
    (cell) => html`<td class="number">${cell}</td>`,
  )}<td class="number">${seconds === null ? '' : formatDuration(seconds)}</td></tr>`;
}

function costs({ attacked, broken, rejected, queries, gradientCalls }: AttackSummary): readonly string[] {
  const each = (total: number): string => (attacked === 0 ? '0' : Math.round(total / attacked).toLocaleString('en'));
  const refused = rejected === 0 ? '' : ` (${rejected} claims refused)`;
  return [String(attacked), `${broken}${refused}`, each(queries), each(gradientCalls)];
}

/** Sizes of the perturbations that the attacks found; empty if there are none. */
export function normTable({ attacks, smallestPerturbations, threat }: RobustnessReport): Html {
  const measured = smallestPerturbations?.attack === 'fab-distances' ? [smallestPerturbations.norms] : [];
  const found = [
    ...attacks.flatMap(({ name, norms }) => (norms ? [{ name, norms }] : [])),
    ...measured.map((norms) => ({ name: 'nearest misclassified points (FAB), also outside the ball', norms })),
  ];
  if (found.length === 0) return html``;
  return html`<div class="scroll"><table class="results">
<thead><tr><th scope="col">Found by</th><th scope="col" class="number">Examples</th><th scope="col" class="number">Smallest</th><th scope="col" class="number">Lower quartile</th>
<th scope="col" class="number">Median</th><th scope="col" class="number">Upper quartile</th><th scope="col" class="number">Largest</th></tr></thead>
<tbody>${found.map(({ name, norms }) => normRow(name, norms))}</tbody></table></div>
<p class="caption">Size of the perturbations (${threat?.norm ?? ''}, in units of the [0, 1] pixel scale). Only FAB minimizes the size; the other attacks use the whole radius.</p>`;
}

function normRow(name: string, { count, min, lowerQuartile, median, upperQuartile, max }: Distribution): Html {
  const sizes = [min, lowerQuartile, median, upperQuartile, max];
  return html`<tr><th scope="row">${name}</th><td class="number">${count}</td>${sizes.map((size) => html`<td class="number">${size.toPrecision(3)}</td>`)}</tr>`;
}
