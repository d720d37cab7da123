import { expect, it } from 'vitest';
import * as inBrowser from './browser.ts';
import * as exported from './index.ts';

it('exports the same names in a browser, where the back end is not available', () => {
  expect(Object.keys(inBrowser).sort()).toEqual(Object.keys(exported).sort());
  expect(inBrowser.nativeAvailable()).toEqual({
    available: false,
    reason: 'runs under Node only. In a browser use webgpu, webgl or st-wasm (@st/backend-wasm)',
  });
  expect(() => inBrowser.setThreads(1)).toThrow('[@st/backend-native] setThreads: runs under Node only.');
});

it('reports that the back end is available, and its instruction set', () => {
  expect(exported.nativeAvailable()).toEqual({ available: true });
  expect(['avx512', 'avx2', 'baseline']).toContain(exported.instructionSet());
});

it('measures a peak of at least 1e9 operations a second', () => {
  expect(exported.fmaPeak()).toBeGreaterThan(1e9);
});
