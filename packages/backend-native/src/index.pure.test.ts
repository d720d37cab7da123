import { exportedNames } from '@st/testing';
import { expect, it } from 'vitest';

it('exports these names', () => {
  expect(exportedNames(new URL('./index.ts', import.meta.url))).toMatchInlineSnapshot(`
    {
      "types": [],
      "values": [
        "convolutionAlgorithm",
        "fmaPeak",
        "getThreads",
        "instructionSet",
        "nativeAvailable",
        "releaseMemory",
        "setConvolutionAlgorithm",
        "setThreads",
      ],
    }
  `);
});
