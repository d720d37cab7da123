import { expect, it } from 'vitest';
import { declarationText } from './declaration-text.ts';
import { inRepository } from './repository.ts';

const file = (path: string): string => inRepository('packages', path);

it('shows a function without its body', () => {
  expect(declarationText(file('losses/src/squeeze-loss.ts'), 'squeezeLoss')).toBe(
    'export function squeezeLoss(options: SqueezeLossOptions): SqueezeLoss;',
  );
});

it('shows a type with the comments of its members', () => {
  expect(declarationText(file('losses/src/mart-loss.ts'), 'MartLossOptions')).toMatch(
    /^export type MartLossOptions = \{\n {2}\/\*\* .*\*\/\n {2}readonly beta: number;\n\};$/,
  );
});

it('shows a short constant with its value', () => {
  expect(declarationText(file('attacks/src/published-settings.ts'), 'PGD_20')).toBe(
    'export const PGD_20: SearchSettings = { steps: 20, stepSize: 2 / 255 };',
  );
});

it('shows a class without private members and bodies', () => {
  const text = declarationText(file('core/src/optimizer/sgd.ts'), 'SGD');
  expect(text).toMatch(/^export class SGD /);
  expect(text).not.toMatch(/return /);
});

it('knows that a file does not declare a name', () => {
  expect(declarationText(file('losses/src/margin.ts'), 'squeezeLoss')).toBeUndefined();
});
