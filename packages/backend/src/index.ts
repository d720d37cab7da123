export { BACKENDS, type BackendName } from './candidates/candidate.ts';
export { type BackendReport, type SkippedBackend, type UseBackendOptions, useBackend } from './use-backend.ts';
export { registerTrainingKernels } from './wasm/register-training-kernels.ts';
