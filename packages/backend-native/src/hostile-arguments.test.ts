import { testHostileArguments } from '@st/testing';
import { afterAll } from 'vitest';

import * as native from './index.ts';

const threads = native.getThreads();
afterAll(() => {
  native.setThreads(threads);
  native.setConvolutionAlgorithm('fast');
});

testHostileArguments({
  exports: native,
  // the package does not depend on @st/core, which defines the typed errors
  isTyped: (error) => error instanceof RangeError,
  takesAny: ['convolutionAlgorithm', 'fmaPeak', 'getThreads', 'instructionSet', 'nativeAvailable', 'releaseMemory'],
  calls: {
    setConvolutionAlgorithm: () => ['fast'],
    setThreads: () => [1],
  },
});
