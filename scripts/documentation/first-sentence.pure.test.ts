import { expect, it } from 'vitest';
import { firstSentence } from './first-sentence.ts';

it.each([
  ['# Title\n\nOne sentence. Another.', 'One sentence.'],
  [
    '# Title\n\n![image](x.png)\n\n| a |\n| - |\n\n```sh\nnpm start. now\n```\n\nSpeed of *all*\nparts, 1.5 times. More.',
    'Speed of all parts, 1.5 times.',
  ],
  ['# Title\n\nSee [the guide](guide.md), `a.b` and **c**: it says.', 'See the guide, `a.b` and c: it says.'],
  ['# Title\n\nNo full stop', 'No full stop'],
  ['# Title\n\nLike this:\n\n```sh\nls\n```', 'Like this.'],
])('of %j is %j', (markdown, sentence) => {
  expect(firstSentence(markdown)).toBe(sentence);
});
