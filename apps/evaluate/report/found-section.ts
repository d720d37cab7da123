import type { RobustnessReport } from '@st/evaluation';

import { formatRadius } from '../../command-line/format-setting.ts';
import { type Html, html } from '../../report/html.ts';
import { pngDataUri } from '../../report/png-data-uri.ts';
import type { FoundSample } from '../gallery.ts';

/** Width of a tile in CSS pixels. */
const WIDTH = 96;

/** Samples of the adversarial examples, with their perturbations. */
export function foundSection({ threat }: RobustnessReport, samples: readonly FoundSample[]): Html {
  if (!threat) return html``;
  const radius = formatRadius(threat.epsilon);
  return html`<section>
<h2>Adversarial examples</h2>
${
  samples.length === 0
    ? html`<p class="caption">No attack found one.</p>`
    : html`<p class="caption">Left: an image that the model classifies correctly. Middle: the perturbation, magnified so that the largest change is black or white.
Right: their sum, which the model misclassifies. Each was checked to lie within ${radius} (${threat.norm}) of the image and was classified again.</p>
<div class="gallery found">${samples.map(card)}</div>`
}
</section>`;
}

function card({ label, predicted, attack, norm, imageShape, natural, perturbation, adversarial }: FoundSample): Html {
  const size = norm.toPrecision(3);
  const tile = (pixels: readonly number[], alt: string, below: Html): Html => tileOf(imageShape, pixels, alt, below);
  return html`<article class="card"><h3>${label}<span class="detail">${attack}, size ${size}</span></h3><div class="tiles three">
${tile(natural, `${label}, natural`, html`<span class="right">✓ ${label}</span>`)}
${tile(perturbation, 'perturbation', html`<span class="confidence">added</span>`)}
${tile(adversarial, `${label}, adversarial`, html`<span class="wrong">✗ ${predicted}</span>`)}</div></article>`;
}

function tileOf(shape: FoundSample['imageShape'], pixels: readonly number[], alt: string, below: Html): Html {
  const [height, width, channels] = shape;
  const source = pngDataUri(pixels, width, channels);
  return html`<div class="tile"><img src="${source}" alt="${alt}" width="${WIDTH}" height="${Math.round((WIDTH * height) / width)}">${below}</div>`;
}
