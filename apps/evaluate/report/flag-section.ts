import type { Flag } from '@st/evaluation';
import type { FlagSeverity } from '@st/evaluation/report';

import { type Html, html } from '../../report/html.ts';

const WORDS: Readonly<Record<FlagSeverity, string>> = {
  invalid: 'the figures do not mean what they say',
  suspect: 'the robust accuracy may be too high',
  note: 'worth knowing',
};

const ORDER: readonly FlagSeverity[] = ['invalid', 'suspect', 'note'];

/** What speaks against the figures, worst first: what was seen, what it means, what to do. */
export function flagSection(flags: readonly Flag[]): Html {
  const sorted = flags.toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  return html`<section>
<h2>What speaks against these figures</h2>
${
  sorted.length === 0
    ? html`<p class="caption">Nothing that the checks look for: gradients are there and finite, outputs are logits that neither chance nor the rest of the batch changes, no attack without
gradients beats those with them, more steps break no more, and every claim of the attacks held.</p>`
    : html`<div class="flags">${sorted.map(card)}</div>`
}
</section>`;
}

function card({ severity, title, seen, meaning, remedy }: Flag): Html {
  return html`<article class="flag flag-${severity}"><p class="severity">${severity}: ${WORDS[severity]}</p><h3>${title}</h3>
<p class="seen">${seen}</p><p>${meaning}</p><p><b>What to do:</b> ${remedy}</p></article>`;
}
