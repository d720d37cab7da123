import { expect, it } from 'vitest';

import { importOptional } from './import-optional.ts';

it('hands over what the package exports', async () => {
  expect(await importOptional('x', async () => ({ answer: 42 }))).toEqual({ exports: { answer: 42 } });
});

it('tells a package that is not installed', async () => {
  const name: string = '@st/no-such-package';
  expect(await importOptional(name, () => import(/* @vite-ignore */ name))).toEqual({ why: 'not installed' });
});

it('tells a package that is installed but lacks one of its own dependencies, or throws at load', async () => {
  const lacking = Object.assign(new Error("Cannot find package 'dep' imported from x"), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  expect(await importOptional('x', () => Promise.reject(lacking))).toEqual({
    why: "failed to load: Cannot find package 'dep' imported from x",
  });
  const broken = new Error('libtensorflow.so.2: cannot open\nshared object file');
  expect(await importOptional('x', () => Promise.reject(broken))).toEqual({
    why: 'failed to load: libtensorflow.so.2: cannot open',
  });
});
