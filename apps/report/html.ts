/** Markup that is already escaped. */
export type Html = { readonly markup: string };

type Interpolated = Html | string | number | readonly Interpolated[];

/** A template that escapes interpolated text; interpolated `Html`, and lists of it, is inserted unchanged. */
export function html(parts: TemplateStringsArray, ...values: readonly Interpolated[]): Html {
  return { markup: parts.map((part, i) => (i === 0 ? '' : render(values[i - 1] ?? '')) + part).join('') };
}

/** Marks text as markup that needs no escaping: a rendered chart, a style sheet. */
export function trusted(markup: string): Html {
  return { markup };
}

function render(value: Interpolated): string {
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') return String(value);
  if ('markup' in value) return value.markup;
  return value.map(render).join('');
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
