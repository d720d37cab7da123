import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';

const packages = fileURLToPath(new URL('../../packages/', import.meta.url));
// within the project, so that its imports resolve as in other files
const folder = mkdtempSync(fileURLToPath(new URL('./readme-examples-', import.meta.url)));

/** The pages by the name of the file that their example is run from. */
const PAGES: ReadonlyMap<string, string> = new Map([
  ...readdirSync(packages).map((name) => [name, join(packages, name, 'README.md')] as const),
  ['get-started', join(packages, '..', 'docs', 'get-started.md')],
]);

/** The first program of a page. */
function exampleOf(page: string): string {
  const [, code] = /```[tj]s\n([\s\S]*?)```/.exec(readFileSync(page, 'utf8')) ?? [];
  if (code === undefined) throw new Error(`${page} has no example.`);
  return code;
}

/** The lines in a block below the program, where the page says what it prints. */
function outputOn(page: string): string[] | undefined {
  const [, output] = /```[tj]s\n[\s\S]*?```\n\n```\n([\s\S]*?)\n```/.exec(readFileSync(page, 'utf8')) ?? [];
  return output?.split('\n');
}

describe("the first example of each package's README, and of the first guide, runs and prints", () => {
  afterEach(() => tf.disposeVariables());
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([...PAGES])('%s', async (name, page) => {
    const file = join(folder, `${name}.ts`);
    writeFileSync(file, exampleOf(page));
    await import(/* @vite-ignore */ file);
    const printed = [vi.mocked(console.log), vi.mocked(console.warn)]; // `fail-on-console.ts` spies on them in every test
    const lines = printed.flatMap((spy) => spy.mock.calls.map((line) => line.join(' ')));
    const claimed = outputOn(page);
    if (claimed === undefined) expect(lines).not.toEqual([]);
    else expect(lines).toEqual(claimed);
    for (const spy of printed) spy.mockClear();
  });
});
