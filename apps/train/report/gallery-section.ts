import { formatRadius } from '../../command-line/format-setting.ts';
import { type Html, html } from '../../report/html.ts';
import { pngDataUri } from '../../report/png-data-uri.ts';
import { largestChange } from '../largest-change.ts';
import type { GallerySample, GalleryView, ReportData } from './report-data.ts';

type View = keyof GallerySample['views'];

/** Width of a CIFAR image. */
const WIDTH = 32;

/** Test images in their three views, with the perturbations and the model's predictions. */
export function gallerySection({ gallery, configuration }: ReportData): Html {
  const { norm, epsilon } = configuration;
  const scale = (1 / (2 * largestChange(configuration))).toFixed(0);
  const bound =
    norm === 'linf'
      ? html`No pixel moves by more than ${formatRadius(epsilon)}`
      : html`No image moves by more than ${formatRadius(epsilon)} in ${norm}`;
  return html`<section>
<h2>What the model sees</h2>
<p class="caption">The first test image of each class (<b class="natural">middle</b>), its collaborative example, where the model is most confident of the true class
(<b class="collaborative">left</b>), and its adversarial example, where it is least confident (<b class="adversarial">right</b>). ${bound}; the patterns show the perturbations, magnified ${scale}
times around gray. Below each image: the predicted class and its probability; a cross marks a wrong prediction.</p>
<div class="gallery">${gallery.map(card)}</div>
</section>`;
}

function card({ label, views: { collaborative, natural, adversarial } }: GallerySample): Html {
  return html`<article class="card"><h3>${label}</h3><div class="tiles">
${photo('collaborative', collaborative, label)}${added('collaborative', collaborative)}${photo('natural', natural, label)}
${added('adversarial', adversarial)}${photo('adversarial', adversarial, label)}</div></article>`;
}

function photo(view: View, { pixels, predicted, confidence }: GalleryView, label: string): Html {
  const right = predicted === label;
  return html`<div class="tile ${view}"><img src="${pngDataUri(pixels, WIDTH)}" alt="${label}, ${view}" width="96" height="96"><span class="view-name">${view}</span>
<span class="${right ? 'right' : 'wrong'}">${right ? '✓' : '✗'} ${predicted}</span><span class="confidence">${(100 * confidence).toFixed(0)} %</span></div>`;
}

function added(view: View, { perturbation }: GalleryView): Html {
  return html`<div class="tile added ${view}-added"><img src="${pngDataUri(perturbation, WIDTH)}" alt="perturbation of the ${view} view" width="96" height="96"></div>`;
}
