export { countTensors } from './count-tensors.ts';
export { expectClose, tolerance } from './expect-close.ts';
export { expectGradient } from './expect-gradient.ts';
export { expectSurvivesMutations, MUTATIONS, type MutatedReader } from './expect-survives-mutations.ts';
export { type HostileSubject, testHostileArguments } from './hostile-arguments.ts';
export { keep } from './keep.ts';
export { type Mutation, mutateBytes } from './mutate-bytes.ts';
export { testBackend } from './test-backend.ts';
export { valuesOn } from './values-on.ts';
