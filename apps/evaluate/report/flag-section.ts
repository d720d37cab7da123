import type { Flag } from '@st/evaluation';
import type { FlagSeverity } from '@st/evaluation/report';

import { type Html, html } from '../../report/html.ts';

const WORDS: Readonly<Record<FlagSeverity, string>> = {
  invalid: 'the figures are not valid',
  suspect: 'the robust accuracy may be too high',
  note: 'for information',
};

const ORDER: readonly FlagSeverity[] = ['invalid', 'suspect', 'note'];

/** The warning flags, most severe first: what was seen, what it means, what to do. */
export function flagSection(flags: readonly Flag[]): Html {
  const sorted = flags.toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  return html`<section>
<h2>Warnings</h2>
${
  sorted.length === 0
    ? html`<p class="caption">None. Gradients are finite and not zero; outputs are logits that depend neither on chance nor on the rest of the batch; no gradient-free attack beats the gradient
attacks; more steps break no more images; every claim of the attacks was confirmed.</p>`
    : html`<div class="flags">${sorted.map(card)}</div>`
}
</section>`;
}

function card({ severity, title, seen, meaning, remedy }: Flag): Html {
  return html`<article class="flag flag-${severity}"><p class="severity">${severity}: ${WORDS[severity]}</p><h3>${title}</h3>
<p class="seen">${seen}</p><p>${meaning}</p><p><b>What to do:</b> ${remedy}</p></article>`;
}
