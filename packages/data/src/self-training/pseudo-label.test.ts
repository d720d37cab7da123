import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asClassifier, DataFormatError, InvalidArgumentError, readSafetensors, writeSafetensors } from '@st/core';
import type { SafetensorsSource } from '@st/core/kit';
import { countTensors } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectAugmentedRight } from '../augment/augmented-reference.fixture.ts';
import { arrayDataset } from '../sets/array-dataset.ts';
import { pseudoLabel } from './pseudo-label.ts';
import type { PseudoLabeled } from './pseudo-labeled.ts';
import { loadPseudoLabeled, savePseudoLabeled } from './pseudo-labeled-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'st-pseudo-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The logits are the logarithms of three pixels, so the probabilities are proportional to the pixels. */
const byPixels = asClassifier(
  (images: tf.Tensor4D) => tf.log(tf.reshape(images, [images.shape[0], 3])) as tf.Tensor2D,
  { classes: 3 },
);
const unlabeled = arrayDataset({
  name: 'four images',
  pixels: Uint8Array.from([90, 5, 5, 10, 60, 30, 20, 20, 60, 40, 40, 20]),
  labels: [0, 0, 0, 0],
  imageShape: [1, 1, 3],
  classes: 3,
  classNames: ['a', 'b', 'c'],
});

describe('pseudoLabel', () => {
  it('labels each image with its most probable class, and keeps those of enough confidence', async () => {
    const all = await pseudoLabel(byPixels, unlabeled, { confidence: 0, batchSize: 3 });
    expect([0, 1, 2, 3].map((i) => all.dataset.label(i))).toEqual([0, 1, 2, 0]); // the last is a tie
    const some = await pseudoLabel(byPixels, unlabeled, { confidence: 0.55, batchSize: 3 });
    expect(Array.from(some.indices)).toEqual([0, 1, 2]);
    expect(Array.from(some.confidences, (value) => Number(value.toFixed(4)))).toEqual([0.9, 0.6, 0.6]);
    expect(Array.from(some.dataset.image(1))).toEqual([10, 60, 30]);
    const high = await pseudoLabel(byPixels, unlabeled, { confidence: 0.8 });
    expect(high.provenance).toEqual({
      modelDigest: null,
      dataDigest: all.provenance.dataDigest,
      dataset: 'four images',
      confidence: 0.8,
      examined: 4,
      kept: 1,
      perClass: [1, 0, 0],
    });
    expect(high.dataset.name).toBe('four images, pseudo-labelled by a function at 0.8');
  });

  it('records digests of weights and images, which change with them', async () => {
    const classifierWith = (value: number) => {
      const variable = tf.variable(tf.tensor1d([value, 0, 0]), true);
      const parameters = [{ name: 'bias', variable }];
      return {
        variable,
        classifier: asClassifier((x: tf.Tensor4D) => tf.add(tf.reshape(x, [x.shape[0], 3]), variable) as tf.Tensor2D, {
          classes: 3,
          parameters,
        }),
      };
    };
    const digests: (string | null)[] = [];
    for (const value of [1, 1, 2]) {
      const { variable, classifier } = classifierWith(value);
      const { provenance, dataset } = await pseudoLabel(classifier, unlabeled, { confidence: 0 });
      expect(dataset.name).toContain(`pseudo-labelled by ${provenance.modelDigest?.slice(0, 8)} at 0`);
      digests.push(provenance.modelDigest);
      variable.dispose();
    }
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(digests[1]).toBe(digests[0]);
    expect(digests[2]).not.toBe(digests[0]);
    const other = arrayDataset({
      name: 'x',
      pixels: new Uint8Array(12).fill(9),
      labels: [0, 0, 0, 0],
      imageShape: [1, 1, 3],
      classes: 3,
    });
    const [first, second] = [
      await pseudoLabel(byPixels, unlabeled, { confidence: 0 }),
      await pseudoLabel(byPixels, other, { confidence: 0 }),
    ];
    expect(first.provenance.dataDigest).not.toBe(second.provenance.dataDigest);
  });

  it('leaks nothing, reports its progress, and stops if the signal is aborted', async () => {
    const before = tf.memory().numTensors;
    const seen: number[] = [];
    await pseudoLabel(byPixels, unlabeled, {
      confidence: 0,
      batchSize: 3,
      onProgress: (examined) => void seen.push(examined),
    });
    expect([seen, tf.memory().numTensors - before]).toEqual([[3, 4], 0]);
    await expect(pseudoLabel(byPixels, unlabeled, { confidence: 0, signal: AbortSignal.abort('enough') })).rejects.toBe(
      'enough',
    );
    expect(countTensors(() => undefined)).toBe(0);
  });

  it('rejects a signal that is no AbortSignal and an onProgress that is no function', async () => {
    const label = (options: object) => pseudoLabel(byPixels, unlabeled, { confidence: 0, ...options });
    await expect(label({ signal: 7 })).rejects.toThrow('[@st/data] pseudoLabel: signal must be an AbortSignal, got 7.');
    await expect(label({ onProgress: 7 })).rejects.toThrow('onProgress must be a function, got 7.');
  });

  it('rejects a confidence that no image reaches, logits that are NaN, and a set of other classes', async () => {
    await expect(pseudoLabel(byPixels, unlabeled, { confidence: 0.95 })).rejects.toThrow(
      "[@st/data] pseudoLabel: confidence must let some of the 4 images of 'four images' through, got 0.95 where the highest is 0.9000.",
    );
    const broken = asClassifier((x: tf.Tensor4D) => tf.mul(tf.reshape(x, [x.shape[0], 3]), Number.NaN) as tf.Tensor2D, {
      classes: 3,
    });
    await expect(pseudoLabel(broken, unlabeled, { confidence: 0 })).rejects.toThrow(
      'logits must not be NaN, got one for image 0.',
    );
    await expect(
      pseudoLabel(
        asClassifier((x: tf.Tensor4D) => tf.reshape(x, [x.shape[0], 3]) as tf.Tensor2D, { classes: 4 }),
        unlabeled,
        { confidence: 0 },
      ),
    ).rejects.toBeInstanceOf(InvalidArgumentError);
  });
});

describe('pseudo-labeled files', () => {
  const file = (): string => join(folder, 'labels.safetensors');
  const contentOf = ({ dataset, indices, confidences, provenance }: PseudoLabeled): unknown => ({
    ...{ name: dataset.name, classes: dataset.classes, classNames: dataset.classNames, imageShape: dataset.imageShape },
    examples: Array.from({ length: dataset.size }, (_, i) => [dataset.label(i), ...dataset.image(i)]),
    ...{ indices: Array.from(indices), confidences: Array.from(confidences), provenance },
  });

  it('are read as they were saved, bytes and floats', async () => {
    const floats = arrayDataset({
      name: 'floats',
      pixels: Float32Array.from([0.9, 0.05, 0.05, 0.1, 0.6, 0.3]),
      labels: [0, 0],
      imageShape: [1, 1, 3],
      classes: 3,
    });
    for (const set of [unlabeled, floats]) {
      const made = await pseudoLabel(byPixels, set, { confidence: 0.55 });
      await savePseudoLabeled(made, file());
      const loaded = await loadPseudoLabeled(file());
      expect(contentOf(loaded)).toEqual(contentOf(made));
      expectAugmentedRight(loaded.dataset);
    }
  });

  it('are saved into a new folder, and not read from endless devices', async () => {
    const deep = join(folder, 'deep', 'er', 'x.safetensors');
    await savePseudoLabeled(await pseudoLabel(byPixels, unlabeled, { confidence: 0 }), deep);
    expect((await loadPseudoLabeled(deep)).dataset.size).toBe(4);
    await expect(loadPseudoLabeled('/dev/zero')).rejects.toThrow('cannot read /dev/zero: it must be a regular file.');
  });

  it('are rejected if missing, of another format, damaged, or labeled outside the classes', async () => {
    const refused = async (message: string): Promise<void> => {
      await expect(loadPseudoLabeled(file())).rejects.toThrow(message);
      await expect(loadPseudoLabeled(file())).rejects.toBeInstanceOf(DataFormatError);
    };
    await refused('labels.safetensors: it does not exist. Make it with savePseudoLabeled.');
    writeFileSync(file(), writeSafetensors(new Map([['a', { shape: [1], data: Float32Array.of(1) }]])));
    await refused(
      'must hold pseudo-labels of @st/data, version 1, got format undefined, version undefined. Make it with savePseudoLabeled.',
    );
    await savePseudoLabeled(await pseudoLabel(byPixels, unlabeled, { confidence: 0 }), file());
    const { tensors, metadata } = readSafetensors(await readFile(file()));
    const write = (
      name: string,
      source: { shape: readonly number[]; data: Int32Array | Float32Array } | null,
      set = metadata.set ?? '',
    ): void => {
      const entries = [...tensors].filter(([key]) => key !== name);
      writeFileSync(
        file(),
        writeSafetensors(
          new Map<string, SafetensorsSource>([...entries, ...(source ? [[name, source] as const] : [])]),
          { ...metadata, set },
        ),
      );
    };
    write('label', { shape: [4], data: Int32Array.of(0, 1, 3, 0) });
    await refused('must hold labels in [0, 3), got 3 at index 2');
    write('label', { shape: [3], data: Int32Array.of(0, 1, 2) });
    await refused("must hold 'label' [4], got [3]");
    write('label', null);
    await refused("must hold 'label' [4], got none");
    write('label', { shape: [4], data: Float32Array.of(0, 1, 2, 0) });
    await refused('must hold image as U8 or F32, label and index as I32, confidence as F32');
    write('', null, '{"name": 1}');
    await refused('must name the set, its classes and the provenance of its labels, but does not');
    write('', null, '['.repeat(100_000));
    await refused('must describe the set as JSON');
    await expect(
      savePseudoLabeled(await pseudoLabel(byPixels, unlabeled, { confidence: 0 }), join(file(), 'x')),
    ).rejects.toThrow('Is its folder one that may be written to?');
  });
});
