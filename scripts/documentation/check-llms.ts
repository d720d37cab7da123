/**
 * Looks up exported names.
 * @param text - The content of `llms-full.txt`.
 * @param specifier - What programs import: `@st/losses`.
 * @returns One line for each name that the text lacks, or has without a description or a declaration.
 */
export function missingNames(text: string, specifier: string, names: readonly string[]): string[] {
  const [, after = ''] = text.split(`\n## Exports of ${specifier}\n`);
  const [section = ''] = after.split('\n## ');
  const found = new Map(section.split('\n### ').map((part) => [part.split('\n', 1)[0], part.replace(/^.*\n/, '')]));
  return names.flatMap((name) => {
    const fault = faultOf(name, found.get(name));
    return fault === undefined ? [] : [`llms-full.txt: ${name} of ${specifier} ${fault}`];
  });
}

function faultOf(name: string, body: string | undefined): string | undefined {
  if (body === undefined) return 'is missing';
  const [description = '', declaration = ''] = body.split('```ts\n');
  if (description.trim() === '') return 'has no description';
  return new RegExp(`^export .*\\b${name}\\b`).test(declaration) ? undefined : 'has no declaration';
}
