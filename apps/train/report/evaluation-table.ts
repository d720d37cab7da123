import { confidenceInterval } from '@st/evaluation/report';
import { formatRadius } from '../../command-line/format-setting.ts';
import { type Html, html } from '../../report/html.ts';
import { percent } from '../../report/percent.ts';
import type { AttackResult, ReportData } from './report-data.ts';

/** Accuracy under every attack, with counts and confidence interval. */
export function evaluationTable({ evaluation, configuration }: ReportData): Html {
  const { attacks, examples, dataset } = evaluation;
  return html`<div class="scroll"><table class="results">
<thead><tr><th scope="col">Attack</th><th scope="col" class="number">Accuracy</th><th scope="col" class="meter-column"></th><th scope="col" class="number">Right</th><th scope="col" class="number">95 % interval</th></tr></thead>
<tbody>${attacks.map((result) => row(result, examples))}</tbody>
</table></div>
<p class="caption">The first ${examples.toLocaleString('en')} images of ${dataset}. An attack may move each image within a ball of radius ${formatRadius(configuration.epsilon)} (${configuration.norm}). It succeeds if its
final point is misclassified. FGSM starts at the image, PGD and CW at a random point. The interval is Wilson’s, for the accuracy on all such images; more test images narrow it.</p>`;
}

function row({ name, detail, correct }: AttackResult, examples: number): Html {
  const [low, high] = confidenceInterval(correct, examples).map((bound) => (100 * bound).toFixed(1));
  const width = ((100 * correct) / examples).toFixed(1);
  return html`<tr><th scope="row">${name}<span class="detail">${detail}</span></th><td class="number strong">${percent(correct, examples)}</td>
<td class="meter-column"><div class="meter" style="--share:${width}%"></div></td><td class="number">${correct.toLocaleString('en')} / ${examples.toLocaleString('en')}</td><td class="number">${low ?? ''} – ${high ?? ''}</td></tr>`;
}
