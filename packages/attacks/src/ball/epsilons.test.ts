import { createRng, ShapeError, type ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { autoAttack } from '../attack/auto-attack/auto-attack.ts';
import { everyAttack, everySearch } from '../fixtures/every-attack.fixture.ts';
import { randomnessOf } from '../fixtures/run-attack.fixture.ts';
import { grayExamples, rowsOf, severalClasses } from '../fixtures/several-classes.fixture.ts';
import { checkEpsilons, checkEpsilonsFit, epsilonsOf, scaledThreat } from './epsilons.ts';
import { checkThreat, l2, linf, withRadius } from './threat.ts';
import { sameThreat, threatJson } from './threat-json.ts';

const WHERE = '[@st/attacks] test';
/** Radius 0 in the first row of pixels, half the largest in the last. */
const radii = [0, 0.1, 0.1, 0.05].flatMap((radius) => [radius, radius, radius, radius]);
const masked = linf(tf.tidy(() => tf.tensor3d(radii, [4, 4, 1])));

describe('radii that differ', () => {
  it('are given as a list of channels, nested arrays or a tensor', () => {
    expect(linf([0.1, 0.2, 0])).toEqual({
      norm: 'linf',
      epsilon: 0.2,
      epsilons: { shape: [1, 1, 3], values: [0.1, 0.2, 0] },
      bounds: [0, 1],
    });
    expect(linf([[[0.1], [0.2]]]).epsilons?.shape).toEqual([1, 2, 1]);
    expect(masked.epsilons?.shape).toEqual([4, 4, 1]);
    expect([...(epsilonsOf(linf([0.5, 0.25]), [1, 2, 2]) ?? [])]).toEqual([0.5, 0.25, 0.5, 0.25]);
    expect(epsilonsOf(linf(0.5), [1, 2, 2])).toBeNull();
  });

  it.each([[[]], [[[0.1, 0.2]]], [[0, 0]], [[0.1, 2]], [[0.1, Number.NaN]]])('are rejected: %j', (values) => {
    expect(() => linf(values as number[])).toThrow(/\[@st\/attacks\] linf: epsilon must be/);
  });

  it('are rejected in other norms, if values are missing, and for images of another shape', () => {
    const epsilons = { shape: [1, 1, 2] as const, values: [0.1, 0.2] };
    expect(() => checkThreat(WHERE, { ...l2(0.2), epsilons })).toThrow('epsilons must be left out for l2');
    expect(() => checkEpsilons(WHERE, { ...linf(0.1), epsilons: { ...epsilons, values: [0.1] } })).toThrow(ShapeError);
    expect(() => checkEpsilons(WHERE, { ...linf(0.1), epsilons })).toThrow(
      'epsilon must be the largest of the epsilons, above 0: 0.2',
    );
    expect(() => checkEpsilonsFit(WHERE, linf([0.1, 0.2]), [4, 4, 3])).toThrow('of images [4,4,3], got radii [1,1,2]');
    checkEpsilonsFit(WHERE, linf([0.1, 0.2]), [null, null, 2]);
  });

  it('are compared value by value, short in reports, and scaled together', () => {
    const other = {
      ...masked,
      epsilons: { shape: [4, 4, 1], values: radii.map((radius) => Math.fround(radius || 0.01)) },
    } as ThreatModel;
    expect([sameThreat(masked, masked), sameThreat(masked, other), sameThreat(masked, linf(masked.epsilon))]).toEqual([
      true,
      false,
      false,
    ]);
    expect(threatJson(linf(0.1))).toEqual(linf(0.1));
    expect(JSON.stringify(threatJson(linf(tf.fill<tf.Rank.R3>([9, 9, 3], 0.5)))).length).toBeLessThan(120);
    expect(scaledThreat(linf([0.1, 0.2]), 2).epsilons?.values).toEqual([0.2, 0.4]);
    expect(withRadius(linf([0.1, 0.2, 0]), 0.3)).toEqual(linf([0.15, 0.3, 0]));
    expect(withRadius(l2(0.5), 0.25)).toEqual(l2(0.25));
    const { name, departures } = autoAttack({ threat: linf([0.1]), classes: 10 });
    expect([name.includes('AutoAttack'), departures.length]).toEqual([false, 1]);
  });
});

describe('no pixel is moved by more than its own radius', () => {
  const classifier = severalClasses(4);
  const within = (image: readonly number[], point: readonly number[]): boolean =>
    point.every((value, i) => {
      const move = Math.abs(value - (image[i] ?? 0));
      return radii[i] === 0 ? move === 0 : move <= (radii[i] ?? 0) + 1e-7;
    });

  it.each(everyAttack(masked, classifier).map((attack) => [attack.name, attack] as const))(
    'by %s',
    async (name, attack) => {
      const batch = grayExamples(classifier, 4, 3);
      attack.check?.(classifier);
      const { adversarial, found } = await attack.run(classifier, batch, randomnessOf(1, [0, 1, 2, 3]));
      const [images, points] = [rowsOf(batch.images), rowsOf(adversarial)];
      expect(images.every((image, i) => within(image, points[i] ?? []))).toBe(true);
      if (name.startsWith('apgd') || name.startsWith('fab')) expect(found.some((one) => one === 1)).toBe(true);
      tf.dispose([adversarial, batch.images, batch.labels]);
    },
  );

  it.each(Object.keys(everySearch(masked)).filter((name) => name !== 'n-fgsm'))('by the search %s', (name) => {
    tf.tidy(() => {
      const batch = grayExamples(classifier, 3);
      const images = rowsOf(batch.images);
      for (const view of Object.values(everySearch(masked)[name]?.(classifier, batch, createRng(1)) ?? {})) {
        const points = rowsOf(view);
        expect(images.every((image, i) => within(image, points[i] ?? []))).toBe(true);
        expect(points).not.toEqual(images);
      }
    });
  });
});

describe('Attack.check', () => {
  it('rejects classifiers and images that an attack cannot run on', () => {
    const imageShape = [4, 4, 1] as const;
    const refusals = everyAttack(linf(0.1), severalClasses(4)).map(({ check }) => {
      try {
        check?.({ classes: 2, imageShape });
        return 'passes';
      } catch (error) {
        return (error as Error).message.replace(/:.*must be|needs.*/s, '');
      }
    });
    expect(refusals.filter((message) => message !== 'passes')).toHaveLength(4); // both DLR losses, FAB-T, the source of another number of classes
    for (const { check } of everyAttack(linf([0.1, 0.2]), severalClasses(4))) {
      expect(() => check?.({ classes: 4, imageShape })).toThrow('got radii [1,1,2]');
    }
    for (const { check } of everyAttack(l2(9), severalClasses(4))) {
      expect(() => check?.({ classes: 4, imageShape })).toThrow('epsilon must be at most 4');
    }
  });
});
