import type { StateTensor } from '../weights/state-tensor.ts';
import type { NamedTensor } from './network-prefix.ts';

/** Names of the classifiers of this package's networks. */
const HEADS: readonly string[] = ['linear.weight', 'fc.weight', 'logits.weight'];

/** Tensors of blocks and batch normalizations; none is a classifier. */
const BODY = /^(layer|block|sub_block|init_conv|conv|bn|batchnorm)[\d._]/;

/** The two tensors of a linear layer. */
export type Head = { readonly weight: NamedTensor; readonly bias: NamedTensor };

/**
 * Finds the classifier of a network that has none under the usual name: a head outside the backbone (`head.weight`), or a Sequential
 * (`fc.1.weight`). It must be the only linear layer with a bias that fits the network's features; with several, none is returned.
 */
export function findHead(inside: readonly NamedTensor[], outside: readonly NamedTensor[]): Head | undefined {
  if (inside.some(({ name }) => HEADS.includes(name))) return undefined;
  const features = featuresOf(inside);
  const candidates = [inside.filter(({ name }) => !BODY.test(name)), outside].flatMap((named) =>
    headsAmong(named, features),
  );
  return candidates.length === 1 ? candidates[0] : undefined;
}

function headsAmong(named: readonly NamedTensor[], features: number): readonly Head[] {
  return named.flatMap((weight) => {
    if (!weight.name.endsWith('weight')) return [];
    const biasName = weight.name.replace(/weight$/, 'bias');
    const bias = named.find(({ name }) => name === biasName);
    return bias && classifies(weight.tensor, bias.tensor, features) ? [{ weight, bias }] : [];
  });
}

function classifies({ shape }: StateTensor, bias: StateTensor, features: number): boolean {
  const [classes, columns = 0] = shape;
  const fits = shape.length === 2 && features > 0 && columns > 0 && columns % features === 0;
  return fits && bias.shape.length === 1 && bias.shape[0] === classes;
}

/** The width of the last block: the largest number of filters, because widths increase from block to block. */
function featuresOf(inside: readonly NamedTensor[]): number {
  return inside.reduce(
    (widest, { tensor: { shape } }) => (shape.length === 4 ? Math.max(widest, shape[0] ?? 0) : widest),
    0,
  );
}
