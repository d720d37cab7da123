/**
 * Importing this gives `@tensorflow/tfjs-core` right gradients for every operation, on every back end, with or without tfjs-layers, imported before or
 * after: `import '@st/core/gradients'`. Where an operation is not differentiable a `MissingGradientError` names it. `@st/core` imports it.
 */
import { engine, registerGradient } from '@tensorflow/tfjs-core';

import { MissingGradientError } from '../errors/errors.ts';
import { ALL_GRADIENTS } from './all-gradients.ts';
import { guardEngine } from './guard-engine.ts';
import { hookTape } from './hook-tape.ts';
import { keepRegistered } from './keep-registered.ts';

const INSTALLED: unique symbol = Symbol.for('@st/core/gradients');
const shared = engine() as ReturnType<typeof engine> & { [INSTALLED]?: true };

// once: all copies of tfjs share the engine, and a second copy of this module finds it done
if (!shared[INSTALLED]) {
  shared[INSTALLED] = true;
  for (const config of ALL_GRADIENTS) registerGradient(config);
  keepRegistered();
  guardEngine();
  hookTape();
}

export { MissingGradientError };
