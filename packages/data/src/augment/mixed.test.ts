import { type Batch, createRng, type Rng } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { arrayDataset } from '../sets/array-dataset.ts';
import { type CutMixOptions, cutMix } from './cut-mix.ts';
import { mixUp } from './mix-up.ts';
import { mixed } from './mixed.ts';
import type { Mixing } from './mixing.ts';

/** All pixels of image i are (i + 1) / 10; its class is i. */
const set = arrayDataset({
  name: 'four greys',
  pixels: Float32Array.from({ length: 4 * 8 * 6 }, (_, i) => (Math.floor(i / 48) + 1) / 10),
  labels: [0, 1, 2, 3],
  imageShape: [8, 6, 1],
  classes: 5,
});
const ALL = [0, 1, 2, 3];

const always = (share: number): Mixing => ({
  name: `share ${share}`,
  draw: () => ({ own: tf.scalar(share), share }),
});

function read({ images, labels, targets }: Batch): { images: number[][]; labels: number[]; targets: number[][] } {
  const result = {
    images: tf.reshape<tf.Rank.R2>(images, [images.shape[0], 48]).arraySync(),
    labels: Array.from(labels.dataSync()),
    targets: targets?.arraySync() ?? [],
  };
  tf.dispose({ images, labels, targets });
  return result;
}

describe('mixed', () => {
  it('mixes each image and label with another of the batch; the label is the class of the larger share', () => {
    const { images, labels, targets } = tf.tidy(() => read(mixed(set, [always(0.25)]).batch(ALL, createRng(1))));
    const partners = targets.map((row, i) => row.findIndex((share, k) => (k === i ? share === 1 : share === 0.75)));
    expect([...partners].sort()).toEqual(ALL); // a permutation
    expect(partners).not.toEqual(ALL);
    partners.forEach((partner, i) => {
      const gray = (0.25 * (i + 1) + 0.75 * (partner + 1)) / 10;
      expectClose(images[i] ?? [], new Array(48).fill(gray));
      expect(targets[i]?.[i]).toBe(partner === i ? 1 : 0.25);
    });
    expect(labels).toEqual(partners);
  });

  it('mixes nothing without a generator, and keeps the epoch, name and classes of the set', () => {
    const epoch = { examples: () => 2, order: () => Int32Array.of(0, 1) };
    const result = mixed({ ...set, epoch }, [mixUp({ alpha: 1 }), cutMix({ alpha: 1, probability: 0.5 })]);
    expect(result.name).toBe('four greys, mixup, alpha 1 or cutmix, alpha 1, probability 0.5');
    expect([result.size, result.classes, result.epoch]).toEqual([4, 5, epoch]);
    const batch = result.batch(ALL);
    expect(batch.targets).toBeUndefined();
    tf.dispose(batch);
  });

  it('gives the same batch for the same generator, and another for another', () => {
    const train = mixed(set, [mixUp({ alpha: 1 }), cutMix({ alpha: 1, probability: 1 })]);
    const at = (seed: number) => tf.tidy(() => read(train.batch(ALL, createRng(seed))));
    expect(at(1)).toEqual(at(1));
    expect(at(1)).not.toEqual(at(2));
  });

  it('leaks nothing, mixed or not', () => {
    const train = mixed(set, [cutMix({ alpha: 1, probability: 0.5 })]);
    const rng = createRng(1);
    for (let i = 0; i < 8; i++) {
      expect(countTensors(() => tf.dispose(train.batch(ALL, rng.split(`${i}`))))).toBe(0);
    }
  });

  it('rejects an empty list of mixings', () => {
    expect(() => mixed(set, [])).toThrow(
      '[@st/data] mixed: mixings must hold at least one, such as mixUp({ alpha: 1 })',
    );
  });
});

describe('mixUp', () => {
  it('draws its share from Beta(alpha, alpha), and stays in [0, 1] for pixels of 1', () => {
    const white = arrayDataset({
      name: 'white',
      pixels: new Float32Array(96).fill(1),
      labels: [0, 1],
      imageShape: [8, 6, 1],
      classes: 2,
    });
    const train = mixed(white, [mixUp({ alpha: 0.5 })]);
    const rng = createRng(3);
    const shares: number[] = [];
    for (let i = 0; i < 300; i++) {
      const { images, targets } = tf.tidy(() => read(train.batch([0, 1], rng.split(`${i}`))));
      expect(Math.max(...images.flat())).toBeLessThanOrEqual(1);
      shares.push(targets[0]?.[0] ?? Number.NaN);
    }
    const mixedShares = shares.filter((share) => share < 1);
    const mean = mixedShares.reduce((sum, share) => sum + share, 0) / mixedShares.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.1);
    expect(Math.abs(mixedShares.length / 300 - 0.5)).toBeLessThan(0.12); // the partner is the image itself half of the time
  });

  it('rejects alpha 0', () => {
    expect(() => mixUp({ alpha: 0 })).toThrow('[@st/data] mixUp: alpha must be a finite number > 0, got 0.');
  });
});

describe('cutMix', () => {
  function draw(options: CutMixOptions, rng: Rng): { mask: number[][]; share: number } | null {
    const drawn = cutMix(options).draw([8, 6, 1], rng);
    if (!drawn) return null;
    const mask = tf.reshape<tf.Rank.R2>(drawn.own, [8, 6]).arraySync();
    drawn.own.dispose();
    return { mask, share: drawn.share };
  }

  it('replaces one box, clipped at the borders, and mixes labels by the remaining pixels', () => {
    tf.tidy(() => {
      const rng = createRng(5);
      const areas = new Set<number>();
      for (let i = 0; i < 200; i++) {
        const { mask, share } = draw({ alpha: 1, probability: 1 }, rng) ?? { mask: [], share: Number.NaN };
        const cut = mask.flatMap((row, y) => row.flatMap((value, x) => (value === 0 ? [[y, x] as const] : [])));
        expect(mask.flat().every((value) => value === 0 || value === 1)).toBe(true);
        expect(share).toBeCloseTo(1 - cut.length / 48, 12);
        areas.add(cut.length);
        if (cut.length === 0) continue;
        const [ys, xs] = [cut.map(([y]) => y), cut.map(([, x]) => x)];
        const box = (Math.max(...ys) - Math.min(...ys) + 1) * (Math.max(...xs) - Math.min(...xs) + 1);
        expect(cut.length).toBe(box);
      }
      expect(areas.size).toBeGreaterThan(10);
    });
  });

  it('takes the pixels of the box from the partner and keeps all others, bit for bit', () => {
    const own = (): tf.Tensor =>
      tf.tensor(
        Float32Array.from({ length: 48 }, (_, i) => (i < 12 ? 0 : 1)),
        [1, 8, 6, 1],
      );
    const halves: Mixing = { name: 'first two rows', draw: () => ({ own: own(), share: 0.75 }) };
    const { images, targets } = tf.tidy(() => read(mixed(set, [halves]).batch(ALL, createRng(1))));
    targets.forEach((row, i) => {
      const partner = Math.max(row.indexOf(0.25), row.indexOf(1));
      expect(images[i]?.slice(0, 12)).toEqual(new Array(12).fill(Math.fround((partner + 1) / 10)));
      expect(images[i]?.slice(12)).toEqual(new Array(36).fill(Math.fround((i + 1) / 10)));
    });
  });

  it('mixes batches with the probability given', () => {
    tf.tidy(() => {
      const rng = createRng(6);
      const mixedBatches = Array.from({ length: 500 }, () => draw({ alpha: 1, probability: 0.3 }, rng)).filter(Boolean);
      expect(Math.abs(mixedBatches.length - 150)).toBeLessThan(40);
      expect(draw({ alpha: 1, probability: 0 }, rng)).toBeNull();
    });
  });

  it('rejects a probability above 1', () => {
    expect(() => cutMix({ alpha: 1, probability: 2 })).toThrow(
      '[@st/data] cutMix: probability must be a finite number in [0, 1], got 2.',
    );
  });
});
