import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const CHILD = fileURLToPath(new URL('import-order-child.fixture.ts', import.meta.url));

/** The gradients computed in a separate process after these steps. */
async function after(steps: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', CHILD, ...steps.split(' ')]);
  return JSON.parse(stdout.slice(stdout.lastIndexOf('{')));
}

const RIGHT = { mirrored: [1, 3, 1], relu: [1, 1, 1], abs: [1, 1, 1], ofLast: false };

describe('the gradients', () => {
  it.concurrent.each([
    'gradients',
    'core',
    'layers gradients',
    'gradients layers',
    'core layers',
    'gradients differentiate layers',
    'layers core differentiate',
  ])('are right after the steps: %s', async (steps) => {
    expect(await after(steps)).toEqual(RIGHT);
  });

  it('are those of tfjs, which omit the mirrored entries, if this package is not imported', async () => {
    expect(await after('layers')).toMatchObject({ mirrored: [1, 1, 1] });
  });

  it.concurrent.each([
    ['gradients user', { relu: [-1, -1, -1] }],
    ['gradients user layers', { relu: [-1, -1, -1] }],
    ['gradients layers user', { relu: [-1, -1, -1] }],
    ['gradients userOfFirst layers', { abs: [-1, -1, -1] }],
    ['gradients userOfLast layers', { ofLast: true }],
  ])('do not replace a gradient that the user registered: %s', async (steps, own) => {
    expect(await after(steps)).toEqual({ ...RIGHT, ...own });
  });
});
