import { testBackend, testHostileArguments } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll } from 'vitest';

import * as backend from './index.ts';

afterAll(() => tf.setBackend(testBackend()));

testHostileArguments({
  exports: backend,
  takesAny: ['registerTrainingKernels'],
  calls: { useBackend: () => ['cpu', { wasmPath: '/wasm/' }] },
});
