import { confidenceInterval } from '@st/evaluation/report';
import { formatRadius } from '../../command-line/format-setting.ts';
import { type Html, html } from '../../report/html.ts';
import { percent } from '../../report/percent.ts';
import type { AttackResult, ReportData } from './report-data.ts';

/** Accuracy under every attack, with the counts behind it and the interval they allow. */
export function evaluationTable({ evaluation, configuration }: ReportData): Html {
  const { attacks, examples, dataset } = evaluation;
  return html`<div class="scroll"><table class="results">
<thead><tr><th scope="col">Attack</th><th scope="col" class="number">Accuracy</th><th scope="col" class="meter-column"></th><th scope="col" class="number">Right</th><th scope="col" class="number">95 % interval</th></tr></thead>
<tbody>${attacks.map((result) => row(result, examples))}</tbody>
</table></div>
<p class="caption">The first ${examples.toLocaleString('en')} images of ${dataset}. An attack may move every image within its ball of radius ${formatRadius(configuration.epsilon)} (${configuration.norm}), and wins it if
the point where it ends is misclassified; FGSM starts at the image, PGD and CW at random. The interval is Wilson’s, for the accuracy on all such images: more test images narrow it.</p>`;
}

function row({ name, detail, correct }: AttackResult, examples: number): Html {
  const [low, high] = confidenceInterval(correct, examples).map((bound) => (100 * bound).toFixed(1));
  const width = ((100 * correct) / examples).toFixed(1);
  return html`<tr><th scope="row">${name}<span class="detail">${detail}</span></th><td class="number strong">${percent(correct, examples)}</td>
<td class="meter-column"><div class="meter" style="--share:${width}%"></div></td><td class="number">${correct.toLocaleString('en')} / ${examples.toLocaleString('en')}</td><td class="number">${low ?? ''} – ${high ?? ''}</td></tr>`;
}
