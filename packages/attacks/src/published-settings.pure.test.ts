import { expect, it } from 'vitest';
import {
  CIFAR10_L2,
  CIFAR10_LINF,
  CIFAR10_TRAINING,
  L2_TRAINING,
  PGD_20,
  PGD_100,
  RST_TRAINING,
  SVHN_TRAINING,
} from './published-settings.ts';

it('gives the radii, steps and step sizes of the papers', () => {
  const gray = (value: number): number => Math.round(value * 255 * 1e9) / 1e9;
  expect([CIFAR10_LINF, CIFAR10_L2].map(({ epsilon }) => gray(epsilon))).toEqual([8, 128]);
  expect(
    [CIFAR10_TRAINING, SVHN_TRAINING].map(({ epsilon, steps, stepSize }) => [gray(epsilon), steps, gray(stepSize)]),
  ).toEqual([
    [8, 10, 2],
    [8, 10, 1],
  ]);
  expect([gray(L2_TRAINING.epsilon), L2_TRAINING.steps, gray(L2_TRAINING.stepSize)]).toEqual([128, 10, 15]);
  expect(RST_TRAINING).toEqual({ epsilon: 0.031, steps: 10, stepSize: 0.007 });
  expect([PGD_20, PGD_100].map(({ steps, stepSize }) => [steps, gray(stepSize)])).toEqual([
    [20, 2],
    [100, 2],
  ]);
});
