/**
 * Importing this has every differentiation with `@tensorflow/tfjs-core` end in order where it fails: with a `MissingGradientError` where an
 * operation is not differentiable, and without a leak. `@st/core` imports it.
 */
import { MissingGradientError } from '../errors/errors.ts';
import { guardEngine } from './guard-engine.ts';

guardEngine();

export { MissingGradientError };
