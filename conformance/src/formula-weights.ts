import type { SafetensorsTensor } from '@st/core/kit';
import { stateShapes } from '@st/models/parts';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** One entry of a PyTorch state_dict. */
export type Entry = {
  readonly name: string;
  readonly shape: readonly number[];
};

/**
 * The entries of the state_dict of the published network that corresponds to `model`, in PyTorch's order, including the batch counters of batch
 * normalization and the unused `sub_block1` of the published WideResNets, which is a second `block1`.
 */
export function publishedEntries(model: LayersModel): readonly Entry[] {
  const entries = [...stateShapes(model)].map(([name, shape]) => ({ name, shape }));
  const first = entries.filter(({ name }) => name.startsWith('block1.'));
  const unused = first.map(({ name, shape }) => ({ name: `sub_${name}`, shape }));
  const afterFirst = entries.findIndex(({ name }) => name.startsWith('block2.'));
  const all = afterFirst < 0 ? entries : [...entries.slice(0, afterFirst), ...unused, ...entries.slice(afterFirst)];
  return all.flatMap((entry) =>
    entry.name.endsWith('.running_var')
      ? [entry, { name: entry.name.replace(/running_var$/, 'num_batches_tracked'), shape: [] }]
      : [entry],
  );
}

/** The weights that a file of formula models defines by a formula (its header, 'weights'): each is a hash of the entry's and the element's index. */
export function formulaWeights(entries: readonly Entry[], salt: number): Map<string, SafetensorsTensor> {
  return new Map(
    entries.map(({ name, shape }, k): [string, SafetensorsTensor] => {
      const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
      const { offset, scale } = rangeOf(name, shape);
      const start = ((k + salt) * 1_000_003) % 2 ** 32;
      for (let j = 0; j < data.length; j++) data[j] = offset + scale * unit(start + j + 1);
      return [name, { dtype: 'F32', shape, data }];
    }),
  );
}

/** Values are offset + scale * s for s in [-1, 1). */
function rangeOf(name: string, shape: readonly number[]): { offset: number; scale: number } {
  const [, inputs = 1, height = 1, width = 1] = shape;
  if (shape.length === 0) return { offset: 0, scale: 0 };
  if (shape.length > 1) return { offset: 0, scale: Math.sqrt(3) * Math.sqrt(1 / (inputs * height * width)) };
  if (name.endsWith('.running_var')) return { offset: 1, scale: 0.5 };
  return { offset: name.endsWith('.weight') ? 1 : 0, scale: 0.2 };
}

/** A hash of an integer, in [-1, 1). */
function unit(value: number): number {
  let hash = Math.imul(value, 2_654_435_761);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 2_246_822_519);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 3_266_489_917);
  hash ^= hash >>> 16;
  return (2 * (hash >>> 0)) / 2 ** 32 - 1;
}
