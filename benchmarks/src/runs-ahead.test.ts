import { asClassifier } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';

import { modelNamed } from './model-named.ts';
import { MEASURES, type Measure } from './row.ts';
import { workload } from './workload.ts';

type Entry = (...given: readonly unknown[]) => unknown;
/** The native module: its entry points by name, as the back end calls them. */
type Module = Record<string, Entry>;

/** Sizes of shapes and layouts, which are read at the call, have at most so many numbers. */
const MOST_SIZES = 27;
const STEPS = 3;

/** Squeeze search asks in each step whether an image's natural view is an extreme: if not, its forward pass is left out. */
const WAITS: Readonly<Record<Measure, number>> = {
  forward: 1,
  'input-gradient': 1,
  'full-gradient': 1,
  'squeeze-step': 1 + STEPS,
  'trades-step': 1,
  'pgd-10': 1,
};

const isArray = (value: unknown): value is Float32Array | Int32Array | Uint8Array =>
  value instanceof Float32Array || value instanceof Int32Array || value instanceof Uint8Array;

/** Notes what the back end calls the module with, until `end`. */
function watch(module: Module, memory: WeakSet<ArrayBufferLike>) {
  const entries = Object.entries(module);
  const foreign = new Set<string>();
  let waits = 0;
  for (const [name, entry] of entries) {
    module[name] = (...given) => {
      if (name === 'synchronize') waits++;
      const result = entry(...given);
      if (result instanceof ArrayBuffer) memory.add(result);
      const arrays = given.filter(isArray).filter(({ length }) => length > MOST_SIZES);
      if (arrays.some(({ buffer }) => !memory.has(buffer))) foreign.add(name);
      return result;
    };
  }
  const end = (): void => {
    Object.assign(module, Object.fromEntries(entries));
  };
  return { foreign, waits: () => waits, end };
}

// Speed on `native` stands on this: a kernel with an array of JavaScript's own is waited for, and so is one that JavaScript computes.
describe.runIf(tf.getBackend() === 'native')('what is measured runs ahead of the kernels', () => {
  const module: Module = Reflect.get(tf.backend(), 'addon');
  const memory = new WeakSet<ArrayBufferLike>();
  let watched: ReturnType<typeof watch> | undefined;
  afterEach(() => watched?.end());

  it.each(MEASURES)('%s', (measure) => {
    watched = watch(module, memory); // from the start: it learns what memory is the module's
    const run = workload(asClassifier(modelNamed('wrn-10-1')), { batch: 8, measure }, STEPS);
    run();
    watched.end();
    watched = watch(module, memory);
    run();
    expect([...watched.foreign], 'entry points that were given memory of JavaScript').toEqual([]);
    expect(watched.waits(), 'waits for the kernels').toBeLessThanOrEqual(WAITS[measure]);
  });
});
