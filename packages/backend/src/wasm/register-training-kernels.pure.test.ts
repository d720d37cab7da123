import { expect, it } from 'vitest';

import { registerTrainingKernels } from './register-training-kernels.ts';

it('throws if wasm is not imported', () => {
  expect(() => registerTrainingKernels()).toThrow(
    "[@st/backend] registerTrainingKernels: back end 'wasm' is not registered yet. Call useBackend('wasm'), or import @tensorflow/tfjs-backend-wasm first.",
  );
});
