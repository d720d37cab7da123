import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';

const packages = fileURLToPath(new URL('../../packages/', import.meta.url));
// within the project, so that its imports resolve as in other files
const folder = mkdtempSync(fileURLToPath(new URL('./readme-examples-', import.meta.url)));

/** The first example of a package's README. */
function exampleOf(name: string): string {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(packages, name, 'README.md'), 'utf8')) ?? [];
  if (code === undefined) throw new Error(`packages/${name}/README.md has no example.`);
  return code;
}

describe("the first example of each package's README runs and prints", () => {
  afterEach(() => tf.disposeVariables());
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(readdirSync(packages))('@st/%s', async (name) => {
    const file = join(folder, `${name}.ts`);
    writeFileSync(file, exampleOf(name));
    await import(/* @vite-ignore */ file);
    const printed = [vi.mocked(console.log), vi.mocked(console.warn)]; // `fail-on-console.ts` spies on them in every test
    expect(printed.flatMap((spy) => spy.mock.calls)).not.toEqual([]);
    for (const spy of printed) spy.mockClear();
  });
});
