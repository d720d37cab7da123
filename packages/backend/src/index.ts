export { BACKENDS, type BackendName } from './candidates/candidate.ts';
export { type BackendReport, type UseBackendOptions, useBackend } from './use-backend.ts';
export { registerTrainingKernels } from './wasm/register-training-kernels.ts';
