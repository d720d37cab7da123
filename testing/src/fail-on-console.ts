import { afterEach, beforeEach, expect, type MockInstance, vi } from 'vitest';

/** Console output in a test is a defect of the test or of the tested code. */
const METHODS = ['log', 'info', 'warn', 'error', 'debug'] as const;
let spies: MockInstance[] = [];

beforeEach(() => {
  spies = METHODS.map((method) => vi.spyOn(console, method).mockImplementation(() => undefined));
});

afterEach(() => {
  const printed = spies.flatMap((spy) => spy.mock.calls.map((call) => call.join(' ')));
  for (const spy of spies) spy.mockRestore();
  expect(printed, 'console output').toEqual([]);
});
