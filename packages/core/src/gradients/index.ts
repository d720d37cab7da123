/**
 * `import '@st/core/gradients'` registers a correct gradient for every operation of `@tensorflow/tfjs-core`, on every back end. tfjs-layers may be
 * imported before it, after it, or not at all. An operation that is not differentiable throws a `MissingGradientError` that names it. `@st/core`
 * imports this module.
 */
import { engine, registerGradient } from '@tensorflow/tfjs-core';

import { MissingGradientError } from '../errors/errors.ts';
import { ALL_GRADIENTS } from './all-gradients.ts';
import { guardEngine } from './guard-engine.ts';
import { hookTape } from './hook-tape.ts';
import { keepRegistered } from './keep-registered.ts';

const INSTALLED: unique symbol = Symbol.for('@st/core/gradients');
const shared = engine() as ReturnType<typeof engine> & { [INSTALLED]?: true };

// All copies of tfjs share one engine. The symbol keeps a second copy of this module from installing the hooks twice.
if (!shared[INSTALLED]) {
  shared[INSTALLED] = true;
  for (const config of ALL_GRADIENTS) registerGradient(config);
  keepRegistered();
  guardEngine();
  hookTape();
}

export { MissingGradientError };
