export { mendKernels } from './mend-kernels.ts';
