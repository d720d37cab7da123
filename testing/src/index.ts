export { countTensors } from './count-tensors.ts';
export { expectClose, tolerance } from './expect-close.ts';
export { testBackend } from './test-backend.ts';
