import type { SafetensorsTensor } from '@st/core/kit';
import { stateDict } from '@st/models';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { relativeError } from './compare.ts';
import type { Report } from './report.ts';

type Tensors = ReadonlyMap<string, SafetensorsTensor>;
type Distance = (actual: ArrayLike<number>, expected: ArrayLike<number>) => number;

/** Whether a tensor belongs to the block of the published WideResNet that its forward pass never calls; our network does not have it. */
const isUnused = (name: string): boolean => name.startsWith('sub_block1.');

/** Compares many tensors by name in one case: its error is the largest one. A name that is missing on one side counts as an infinite error. */
export function checkTensors(
  report: Report,
  name: string,
  {
    actual,
    expected,
    distance,
    bound,
  }: { actual: ReadonlyMap<string, ArrayLike<number>>; expected: Tensors; distance: Distance; bound: number },
): void {
  const wanted = new Map([...expected].filter(([key]) => !isUnused(key)));
  if (wanted.size === 0) return; // the file does not log them
  const errors = [...new Set([...wanted.keys(), ...actual.keys()])].map((key) => {
    const a = actual.get(key);
    const e = wanted.get(key);
    const error = a && e ? distance(a, Float64Array.from(e.data, Number)) : Number.POSITIVE_INFINITY;
    return { key, error };
  });
  const worst = errors.reduce((most, next) => (next.error <= most.error ? most : next), { key: 'none', error: 0 });
  report.check(name, worst.error, bound, `${errors.length} tensors, worst ${worst.key}`);
}

/** Compares the running statistics of a model with those under `prefix` in the file, without batch counters, which only PyTorch has. */
export async function checkStatistics(
  report: Report,
  name: string,
  {
    model,
    expected,
    bound,
    distance = relativeError,
  }: { model: LayersModel; expected: Tensors; bound: number; distance?: Distance },
): Promise<void> {
  const isStatistic = (key: string): boolean => /\.running_(mean|var)$/.test(key);
  const state = await stateDict(model);
  const actual = new Map(
    [...state].filter(([key]) => isStatistic(key)).map(([key, { data }]) => [key, Float64Array.from(data, Number)]),
  );
  const wanted = new Map([...expected].filter(([key]) => isStatistic(key)));
  checkTensors(report, name, { actual, expected: wanted, distance, bound });
}
