import { createRng, type Dataset, InvalidArgumentError } from '@st/core';
import { checkNumber, describeValue, type Where } from '@st/core/kit';

/** Which examples are evaluated. At most one way of choosing. */
export type ExampleSelection = {
  /** How many: the first ones, or with `subsetSeed` a random subset. Default: all. */
  readonly examples?: number;
  /** Draws the subset at random, by this seed. */
  readonly subsetSeed?: number;
  /** These, by their place in the data set, each once. */
  readonly indices?: ArrayLike<number>;
};

/** How the evaluated examples were chosen, for the report. */
export type Subset = { readonly kind: 'all' | 'first' | 'given' } | { readonly kind: 'random'; readonly seed: number };

/** The examples chosen and how. */
export type SelectedExamples = { readonly indices: Int32Array; readonly subset: Subset };

/**
 * Chooses the examples to evaluate. Random subsets come in the order of the data set.
 * @throws {InvalidArgumentError} for no example, one that the set does not have, one given twice, or two ways of choosing.
 */
export function selectExamples(where: Where, dataset: Dataset, selection: ExampleSelection): SelectedExamples {
  const { examples, subsetSeed, indices } = selection;
  if (indices !== undefined) {
    if (examples === undefined && subsetSeed === undefined) return given(where, dataset, indices);
    throw new InvalidArgumentError(
      `${where}: indices must not come with examples or subsetSeed, which choose other ones. Give one of them.`,
      { argument: 'indices', received: indices },
    );
  }
  const { name, size } = dataset;
  const hint = `'${name}' holds ${size}.`;
  const count = checkNumber(where, 'examples', examples ?? size, { min: 1, max: size, integer: true, hint });
  if (subsetSeed === undefined) {
    return {
      indices: Int32Array.from({ length: count }, (_, i) => i),
      subset: { kind: count < size ? 'first' : 'all' },
    };
  }
  const chosen = createRng(subsetSeed).split('subset').permutation(size).slice(0, count).sort();
  return { indices: chosen, subset: { kind: 'random', seed: subsetSeed } };
}

function given(where: Where, { name, size }: Dataset, indices: ArrayLike<number>): SelectedExamples {
  if (indices.length === 0) {
    throw new InvalidArgumentError(`${where}: indices must name at least one example, got none.`, {
      argument: 'indices',
      received: indices,
    });
  }
  const seen = new Set<number>();
  const chosen = Int32Array.from(indices, (index) => {
    checkNumber(where, 'indices', index, { min: 0, max: size - 1, integer: true, hint: `'${name}' holds ${size}.` });
    if (seen.has(index)) {
      throw new InvalidArgumentError(
        `${where}: indices must name each example once, got ${describeValue(index)} twice. It would count twice.`,
        { argument: 'indices', received: index },
      );
    }
    seen.add(index);
    return index;
  });
  return { indices: chosen, subset: { kind: 'given' } };
}
