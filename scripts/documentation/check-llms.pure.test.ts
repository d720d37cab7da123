import { expect, it } from 'vitest';
import { missingNames } from './check-llms.ts';

const text = (body: string): string =>
  `# @st\n\n## Exports of @st/losses\n\n${body}\n\n## Exports of @st/losses/kit\n\n### other\n\nElsewhere.\n`;
const complete = '### margin\n\nThe margin.\n\n```ts\nexport function margin(): void;\n```\n\nThrows: never.';

it('accepts a name with a description and a declaration', () => {
  expect(missingNames(text(complete), '@st/losses', ['margin'])).toEqual([]);
});

it.each([
  ['is missing', 'other', complete],
  ['has no description', 'margin', complete.replace('The margin.\n', '')],
  ['has no declaration', 'margin', complete.replace('function margin', 'function others')],
  ['has no declaration', 'margin', complete.replace(/```[\s\S]*```/, '')],
])('finds that a name %s', (fault, name, body) => {
  expect(missingNames(text(body), '@st/losses', [name])).toEqual([`llms-full.txt: ${name} of @st/losses ${fault}`]);
});

it('finds every name missing if the entry is', () => {
  expect(missingNames('# @st\n', '@st/losses', ['margin'])).toHaveLength(1);
});
