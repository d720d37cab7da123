import { formatRadius } from '../../command-line/format-setting.ts';
import { type Html, html } from '../../report/html.ts';
import type { EvaluationPage } from './evaluation-page.ts';

/** What was evaluated, in which environment, and how to verify the result. */
export function detailsSection({ report, settings, environment }: EvaluationPage): Html {
  const { dataset, model, seed, batchSize, backend, versions } = report;
  const chosen = {
    all: 'all images',
    first: `the first ${dataset.indices.length} images`,
    given: `${dataset.indices.length} images given by index`,
    random: `${dataset.indices.length} random images${dataset.subset.kind === 'random' ? `, by seed ${dataset.subset.seed}` : ''}`,
  };
  const facts: readonly (readonly [string, string])[] = [
    ['data set', `${dataset.name}, ${chosen[dataset.subset.kind]}`],
    ['data digest', dataset.digest],
    ['model', model.name ?? 'a function'],
    ['model digest', model.digest ?? 'none'],
    ['trained parameters', model.parameters.toLocaleString('en')],
    ['attacks', settings.attack.join(', ') || 'none'],
    ['norm and radius', `${settings.norm}, ${formatRadius(settings.epsilon)}`],
    ...(settings.curve.length > 0 ? [['attacks of the curve', settings.curveAttack.join(', ')] as const] : []),
    ['passes per prediction', String(report.judgement.passes)],
    ['seed', String(seed)],
    ['batch size', String(batchSize)],
  ];
  const surroundings: readonly (readonly [string, string])[] = [
    ['back end', backend],
    ['platform', environment.platform],
    ['processor', `${environment.processor}, ${environment.cores} cores`],
    ...Object.entries(versions),
  ];
  return html`<section>
<h2>How to verify this</h2>
<p class="caption"><code>adversarial.safetensors</code>, beside this page, holds the adversarial examples and their natural images. This command counts them again, from that file and the model only:</p>
<pre><code>npm run verify -- --checkpoint RUN_OR_FILE --file adversarial.safetensors</code></pre>
<div class="pair">
<div><h3>Evaluation</h3>${definitions(facts)}</div>
<div><h3>Environment</h3>${definitions(surroundings)}</div>
</div>
</section>`;
}

function definitions(entries: readonly (readonly [string, string])[]): Html {
  return html`<dl>${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
