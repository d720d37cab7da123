import { findBackend } from '@tensorflow/tfjs-core';

import { silenceAdvertisement } from '../silence-advertisement.ts';
import type { Candidate } from './candidate.ts';
import { importOptional } from './import-optional.ts';

/** tfjs's plain JavaScript back end: runs everywhere, and trains at 0.1 GFLOP/s. */
export const cpuCandidate: Candidate = {
  name: 'cpu',
  remedy: 'Install it with: npm install @tensorflow/tfjs-backend-cpu',
  ready: async () => {
    const imported = await importOptional('@tensorflow/tfjs-backend-cpu', () => import('@tensorflow/tfjs-backend-cpu'));
    if ('why' in imported) return imported;
    silenceAdvertisement(findBackend('cpu'));
    return { registered: 'cpu' };
  },
};
