import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { importOptional, notImported } from './import-optional.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'st-import-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Imports a module with the given source text. */
async function imported(name: string, text: string): Promise<unknown> {
  await writeFile(join(folder, `${name}.mjs`), text);
  return importOptional(pathToFileURL(join(folder, `${name}.mjs`)).href);
}

it('returns the exports of the package', async () => {
  expect(await imported('whole', 'export const answer = 42;')).toMatchObject({ exports: { answer: 42 } });
});

it('reports a package that is not installed', async () => {
  expect(await importOptional('@st/no-such-package')).toEqual({ why: 'not installed' });
  const inDeno = new Error("Could not find package 'absent' from referrer 'file:///index.js'.");
  expect(notImported('absent', inDeno)).toEqual({ why: 'not installed' });
});

it('reports a package that is installed but lacks a dependency, or throws while it loads', async () => {
  const lacking = Object.assign(new Error("Cannot find package 'dep' imported from x"), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  expect(notImported('x', lacking)).toEqual({ why: "failed to load: Cannot find package 'dep' imported from x" });
  expect(await imported('broken', "throw new Error('libtensorflow.so.2: cannot open\\nshared object file');")).toEqual({
    why: 'failed to load: libtensorflow.so.2: cannot open',
  });
});
