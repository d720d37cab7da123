import { type IndexEvent, Models } from 'typedoc';

/** How much a hit counts, by what it is: readers search for guides and names of main entries more often than for members. */
const BOOST = { guide: 3, main: 3, second: 1, member: 0.2 } as const;

/** Leaves source files out of the search, adds READMEs of packages, and weighs hits. */
export function tuneSearch(event: IndexEvent): void {
  for (let i = event.searchResults.length - 1; i >= 0; i--) if (isSource(event.searchResults[i])) event.removeResult(i);
  event.searchFieldWeights.document = event.searchFieldWeights.name ?? 1;
  event.searchResults.forEach((result, i) => {
    result.relevanceBoost = BOOST[rankOf(result)];
    const readme = result.isDeclaration() ? result.readme : undefined;
    if (readme) event.searchFields[i] = { document: Models.Comment.combineDisplayParts(readme) };
  });
}

/** Whether a result is the page of a source file, or the list of them. */
const isSource = (result: Models.Reflection | undefined): boolean =>
  result?.isDocument() === true && (result.parent?.isDocument() === true || result.children !== undefined);

function rankOf(result: Models.Reflection): keyof typeof BOOST {
  if (result.isDocument() || result.kindOf(Models.ReflectionKind.Module)) return 'guide';
  if (!result.parent?.kindOf(Models.ReflectionKind.Module)) return 'member';
  const isMain = result.parent.name.split('/').length === 2;
  return isMain && !result.kindOf(Models.ReflectionKind.SomeType) ? 'main' : 'second';
}
