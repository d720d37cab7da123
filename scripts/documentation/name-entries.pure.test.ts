import { expect, it } from 'vitest';
import { specifierOf } from './name-entries.ts';

it.each([
  ['packages/losses/src', '@st/losses'],
  ['losses/src/kit', '@st/losses/kit'],
  ['packages/core/src/gradients', '@st/core/gradients'],
  ['packages/backend-native/src/index', '@st/backend-native'],
])('programs import the entry %s as %s', (path, specifier) => {
  expect(specifierOf(path)).toBe(specifier);
});

it('refuses a file outside of the packages', () => {
  expect(() => specifierOf('apps/train')).toThrow('packages/NAME/src');
});
