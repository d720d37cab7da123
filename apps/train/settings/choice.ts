import { InvalidArgumentError } from 'commander';

/** Returns a parser of one of the words, or of a synonym of one. */
export function choice<T extends string>(
  choices: readonly T[],
  synonyms: { readonly [name: string]: T } = {},
): (text: string) => T {
  return (text) => {
    const found = synonyms[text] ?? choices.find((name) => name === text);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`Allowed: ${choices.join(', ')}.`);
  };
}
