import { exportedNames } from '@st/testing';
import { expect, it } from 'vitest';

it.each(['./index.ts', './browser.ts'])('%s exports these names', (entry) => {
  expect(exportedNames(new URL(entry, import.meta.url))).toEqual({
    types: [],
    values: ['setThreads', 'startWasm', 'wasmStatus'],
  });
});
