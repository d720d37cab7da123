import { mendKernels } from '@st/kernels';
import { findBackend } from '@tensorflow/tfjs-core';

import { silenceAdvertisement } from '../silence-advertisement.ts';
import type { Candidate } from './candidate.ts';
import { notImported } from './import-optional.ts';

/** The plain JavaScript back end of tfjs: runs everywhere, trains at 0.1 GFLOP/s. */
export const cpuCandidate: Candidate = {
  name: 'cpu',
  remedy: 'Install it with: npm install @tensorflow/tfjs-backend-cpu',
  ready: async () => {
    try {
      await import('@tensorflow/tfjs-backend-cpu');
    } catch (error) {
      return notImported('@tensorflow/tfjs-backend-cpu', error);
    }
    mendKernels('cpu');
    silenceAdvertisement(findBackend('cpu'));
    return { registered: 'cpu' };
  },
};
