import { asClassifier } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';

import { modelNamed } from './model-named.ts';
import { MEASURES, type Measure } from './row.ts';
import { workload } from './workload.ts';

type Entry = (...given: readonly unknown[]) => unknown;
/** The native module: its entry points by name. */
type Module = Record<string, Entry>;
/** The memory of the back end. */
type Pool = { has(array: ArrayBufferView): boolean };

/** Longest array of sizes. Arrays of shapes and layouts are read during the call, so they cause no wait. */
const MOST_SIZES = 27;
const STEPS = 3;

/** Allowed waits. Each step of a squeeze search reads back whether any image's natural view is an extreme; if none is, it skips that forward pass. */
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

/** Records the calls of the back end to the module, until `end`. */
function watch(module: Module, pool: Pool) {
  const entries = Object.entries(module);
  const foreign = new Set<string>();
  let waits = 0;
  for (const [name, entry] of entries) {
    module[name] = (...given) => {
      if (name === 'synchronize') waits++;
      const arrays = given.filter(isArray).filter(({ length }) => length > MOST_SIZES);
      if (arrays.some((array) => !pool.has(array))) foreign.add(name);
      return entry(...given);
    };
  }
  const end = (): void => {
    Object.assign(module, Object.fromEntries(entries));
  };
  return { foreign, waits: () => waits, end };
}

// The speed of `native` depends on this: JavaScript waits for every kernel that is given an array allocated by JavaScript or runs in JavaScript.
describe.runIf(tf.getBackend() === 'native')('JavaScript runs ahead of the kernels in every measure', () => {
  const module: Module = Reflect.get(tf.backend(), 'addon');
  const pool: Pool = Reflect.get(tf.backend(), 'pool');
  let watched: ReturnType<typeof watch> | undefined;
  afterEach(() => watched?.end());

  it.each(MEASURES)('%s', (measure) => {
    const run = workload(asClassifier(modelNamed('wrn-10-1')), { batch: 8, measure }, STEPS);
    run();
    watched = watch(module, pool);
    run();
    expect([...watched.foreign], 'entry points that were given memory of JavaScript').toEqual([]);
    expect(watched.waits(), 'waits for the kernels').toBeLessThanOrEqual(WAITS[measure]);
  });
});
