import { formatRadius } from '../format-setting.ts';
import { type Html, html } from './html.ts';
import { pngDataUri } from './png-data-uri.ts';
import type { GallerySample, GalleryView, ReportData } from './report-data.ts';

const VIEWS = ['collaborative', 'natural', 'adversarial'] as const;

/** Width of a CIFAR image. */
const WIDTH = 32;

/** Test images in their three views, with what was added to them and what the model makes of each. */
export function gallerySection({ gallery, configuration }: ReportData): Html {
  const scale = (1 / (2 * configuration.epsilon)).toFixed(0);
  return html`<section>
<h2>What the model sees</h2>
<p class="caption">Test images as they are (middle), moved to where the model is surest of the true class (<b class="collaborative">collaborative</b>, left), and to where it is
least sure (<b class="adversarial">adversarial</b>, right). No pixel moves by more than ${formatRadius(configuration.epsilon)}. Below, what was added, magnified ${scale} times around grey.
Under each, the predicted class and its probability; a cross marks a wrong one.</p>
<div class="gallery">${gallery.map(card)}</div>
</section>`;
}

function card({ label, views }: GallerySample): Html {
  return html`<article class="card"><h3>${label}</h3><div class="views">${VIEWS.map((view) => tile(view, views[view], label))}</div></article>`;
}

function tile(
  view: (typeof VIEWS)[number],
  { pixels, perturbation, predicted, confidence }: GalleryView,
  label: string,
): Html {
  const right = predicted === label;
  const added =
    perturbation.length === 0
      ? html`<div class="nothing"></div>`
      : html`<img src="${pngDataUri(perturbation, WIDTH)}" alt="what was added" width="96" height="96">`;
  return html`<div class="view ${view}"><span class="view-name">${view}</span>
<img src="${pngDataUri(pixels, WIDTH)}" alt="${label}, ${view} view" width="96" height="96">${added}
<span class="prediction ${right ? 'right' : 'wrong'}">${right ? '✓' : '✗'} ${predicted}<br><span class="confidence">${(100 * confidence).toFixed(0)} %</span></span></div>`;
}
