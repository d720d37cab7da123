import type { RobustnessReport } from '@st/evaluation';

import { formatRadius } from '../../cifar10/format-setting.ts';
import { type Html, html } from '../../report/html.ts';
import { pngDataUri } from '../../report/png-data-uri.ts';
import type { FoundSample } from '../gallery.ts';

/** Width of a CIFAR image. */
const WIDTH = 32;

/** Found examples with what was added to them. */
export function foundSection({ threat }: RobustnessReport, samples: readonly FoundSample[]): Html {
  if (!threat) return html``;
  const radius = formatRadius(threat.epsilon);
  return html`<section>
<h2>Found examples</h2>
${
  samples.length === 0
    ? html`<p class="caption">No attack found any.</p>`
    : html`<p class="caption">Images that the model classifies correctly as they are (left), what was added (middle, magnified so that the largest change is black or white),
and the sum, which it gets wrong (right). Every one was checked to lie within ${radius} (${threat.norm}) and classified again.</p>
<div class="gallery found">${samples.map(card)}</div>`
}
</section>`;
}

function card({ label, predicted, attack, norm, natural, perturbation, adversarial }: FoundSample): Html {
  const size = norm.toPrecision(3);
  return html`<article class="card"><h3>${label}<span class="detail">${attack}, size ${size}</span></h3><div class="tiles three">
${tile(natural, `${label}, as it is`, html`<span class="right">✓ ${label}</span>`)}
${tile(perturbation, 'what was added', html`<span class="confidence">added</span>`)}
${tile(adversarial, `${label}, adversarial`, html`<span class="wrong">✗ ${predicted}</span>`)}</div></article>`;
}

function tile(pixels: readonly number[], alt: string, below: Html): Html {
  return html`<div class="tile"><img src="${pngDataUri(pixels, WIDTH)}" alt="${alt}" width="96" height="96">${below}</div>`;
}
