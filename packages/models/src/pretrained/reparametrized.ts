import type { StateTensor, StateTensors } from '../weights/state-tensor.ts';
import { sizeOf } from '../weights/state-tensor.ts';

/** A state_dict without parametrized weights, and notes on those that were computed. */
export type PlainWeights = {
  readonly tensors: StateTensors;
  /** One line for each kind: `computed 3 weights of weight normalization`. */
  readonly notes: readonly string[];
};

/** One kind of parametrization: the names of its tensors, after the module's path, and the weight at inference. */
type Parametrization = {
  readonly kind: string;
  readonly names: readonly string[];
  readonly weight: (...parts: readonly StateTensor[]) => StateTensor | undefined;
};

/** PyTorch's parametrizations, under the names of both of its implementations. */
const PARAMETRIZATIONS: readonly Parametrization[] = [
  { kind: 'weight normalization', names: ['weight_g', 'weight_v'], weight: weightNorm },
  {
    kind: 'weight normalization',
    names: ['parametrizations.weight.original0', 'parametrizations.weight.original1'],
    weight: weightNorm,
  },
  { kind: 'spectral normalization', names: ['weight_orig', 'weight_u', 'weight_v'], weight: spectralNorm },
  {
    kind: 'spectral normalization',
    names: ['parametrizations.weight.original', 'parametrizations.weight.0._u', 'parametrizations.weight.0._v'],
    weight: spectralNorm,
  },
  { kind: 'pruning', names: ['weight_orig', 'weight_mask'], weight: pruned },
];

/**
 * Computes the weights under PyTorch's weight normalization (g v / |v|), spectral normalization (w / u^T w v, with u and v from the file) and
 * pruning (w m). Tensors that do not fit together are kept, so that loading reports them as unknown.
 * @see Salimans and Kingma 2016, arXiv 1602.07868; Miyato et al. 2018, arXiv 1802.05957
 */
export function plainWeights(tensors: StateTensors): PlainWeights {
  const plain = new Map(tensors);
  const counts = new Map<string, number>();
  for (const { kind, names, weight } of PARAMETRIZATIONS) {
    const [first = '', ...others] = names;
    for (const name of tensors.keys()) {
      if (name !== first && !name.endsWith(`.${first}`)) continue;
      const path = name.slice(0, name.length - first.length);
      const parts = [name, ...others.map((other) => path + other)].map((part) => plain.get(part));
      const found = parts.flatMap((part) => (part ? [part] : []));
      const computed = found.length === names.length ? weight(...found) : undefined;
      if (!computed || plain.has(`${path}weight`)) continue;
      for (const part of names) plain.delete(path + part);
      plain.set(`${path}weight`, computed);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
  }
  const notes = [...counts].map(([kind, count]) => `computed ${count} weight${count === 1 ? '' : 's'} of ${kind}`);
  return { tensors: plain, notes };
}

/** g v / |v|, with the norm over all axes but the first; g is `[out, 1, ...]`, or one value for the norm over all axes. */
function weightNorm(g: StateTensor | undefined, v: StateTensor | undefined): StateTensor | undefined {
  if (!g || !v) return undefined;
  const [scales, directions] = [numbersOf(g), numbersOf(v)];
  const rows = v.shape[0] ?? 0;
  if (rows === 0 || directions.length % rows !== 0) return undefined;
  const normOf = (values: Float64Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  if (scales.length === 1 && rows > 1) return scaled(v, directions, (scales[0] ?? 0) / normOf(directions));
  if (scales.length !== rows) return undefined;
  const width = directions.length / rows;
  const weight = directions.slice();
  for (let row = 0; row < rows; row++) {
    const part = weight.subarray(row * width, (row + 1) * width);
    const factor = (scales[row] ?? 0) / normOf(part);
    part.set(part.map((value) => value * factor));
  }
  return { dtype: 'F32', shape: v.shape, data: Float32Array.from(weight) };
}

/** w / sigma, where sigma = u^T W v and W is w with all but its first axis flattened. */
function spectralNorm(
  original: StateTensor | undefined,
  u: StateTensor | undefined,
  v: StateTensor | undefined,
): StateTensor | undefined {
  if (!original || !u || !v) return undefined;
  const [weight, left, right] = [numbersOf(original), numbersOf(u), numbersOf(v)];
  if (left.length !== original.shape[0] || left.length * right.length !== weight.length) return undefined;
  let sigma = 0;
  for (const [row, factor] of left.entries()) {
    const part = weight.subarray(row * right.length, (row + 1) * right.length);
    sigma += factor * part.reduce((sum, value, i) => sum + value * (right[i] ?? 0), 0);
  }
  return scaled(original, weight, 1 / sigma);
}

function pruned(original: StateTensor | undefined, mask: StateTensor | undefined): StateTensor | undefined {
  if (!original || !mask || `${original.shape}` !== `${mask.shape}`) return undefined;
  const keeps = numbersOf(mask);
  const data = Float32Array.from(numbersOf(original), (value, i) => value * (keeps[i] ?? 0));
  return { dtype: 'F32', shape: original.shape, data };
}

function scaled({ shape }: StateTensor, values: Float64Array, factor: number): StateTensor {
  return { dtype: 'F32', shape, data: Float32Array.from(values, (value) => value * factor) };
}

/** The values in float64; none if they do not fill the shape, which fits no parametrization. */
function numbersOf({ data, shape }: StateTensor): Float64Array {
  return data.length === sizeOf(shape) ? Float64Array.from(data, Number) : new Float64Array(0);
}
