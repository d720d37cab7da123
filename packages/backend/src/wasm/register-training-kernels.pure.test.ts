import { expect, it } from 'vitest';

import { registerTrainingKernels } from './register-training-kernels.ts';

it('refuses to register before wasm is imported', () => {
  expect(() => registerTrainingKernels()).toThrow(
    "[@st/backend] registerTrainingKernels: back end 'wasm' is not there yet. Call useBackend('wasm'), or import @tensorflow/tfjs-backend-wasm first.",
  );
});
