import { testHostileArguments } from '@st/testing';

import * as kernels from './index.ts';

testHostileArguments({
  exports: kernels,
  // the package does not depend on @st/core and its errors
  isTyped: (error) => error instanceof RangeError,
  calls: { mendKernels: () => ['none', { right: ['Sign'], channelsLastOnly: true }] },
});
