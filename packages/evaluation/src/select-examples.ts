import { createRng, type Dataset, InvalidArgumentError } from '@st/core';
import { checkNumber, describeValue, type Where } from '@st/core/kit';

/** Which examples are evaluated: all, the first ones, a random subset, or given indices. */
export type ExampleSelection = {
  /** How many: the first ones, or a random subset if `subsetSeed` is given. Default: all. */
  readonly examples?: number;
  /** The seed of a random subset. */
  readonly subsetSeed?: number;
  /** The indices of the examples, each once; not together with `examples` or `subsetSeed`. */
  readonly indices?: ArrayLike<number>;
};

/** How the evaluated examples were chosen, for the report. */
export type Subset = { readonly kind: 'all' | 'first' | 'given' } | { readonly kind: 'random'; readonly seed: number };

/** The chosen examples, and how they were chosen. */
export type SelectedExamples = { readonly indices: Int32Array; readonly subset: Subset };

/**
 * Chooses the examples to evaluate. A random subset is in the order of the data set.
 * @throws {InvalidArgumentError} for no examples, an index out of range, an index given twice, or two ways of choosing.
 */
export function selectExamples(where: Where, dataset: Dataset, selection: ExampleSelection): SelectedExamples {
  const { examples, subsetSeed, indices } = selection;
  if (indices !== undefined) {
    if (examples === undefined && subsetSeed === undefined) return given(where, dataset, indices);
    throw new InvalidArgumentError(
      `${where}: indices must not be given together with examples or subsetSeed. Give only one of them.`,
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
        `${where}: indices must name each example once, got ${describeValue(index)} twice.`,
        { argument: 'indices', received: index },
      );
    }
    seen.add(index);
    return index;
  });
  return { indices: chosen, subset: { kind: 'given' } };
}
