import { expect, it } from 'vitest';
import * as exported from './index.ts';

it('the package exports these names, and no others', () => {
  expect(Object.keys(exported).sort()).toEqual([
    'convolutionAlgorithm',
    'getThreads',
    'instructionSet',
    'nativeAvailable',
    'setConvolutionAlgorithm',
    'setThreads',
  ]);
});

it('says that the back end is available where its tests run', () => {
  expect(exported.nativeAvailable()).toEqual({ available: true });
  expect(['avx512', 'avx2', 'baseline']).toContain(exported.instructionSet());
});
