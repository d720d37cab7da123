import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { readSafetensors } from '@st/core';
import { expectSurvivesMutations } from '@st/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageDataset } from './dataset/image-dataset.ts';
import { type DecodedImage, decodeImage } from './files/decode-image.ts';
import { readIdx } from './files/read-idx.ts';
import { readMat5 } from './files/read-mat5.ts';
import { readPlanarRecords } from './files/read-planar-records.ts';
import { loadPseudoLabeled, savePseudoLabeled } from './self-training/pseudo-labeled-file.ts';
import { arrayDataset } from './sets/array-dataset.ts';
import { readCifar10Labels } from './sets/cifar10/read-cifar10-png.ts';
import { npzDataset } from './sets/npz-dataset.ts';
import { idxFile } from './sets/published-files.fixture.ts';

// Every reader against mutated good files: 500 each, or N with `npm run fuzz -- --mutations N`.

const fixture = (name: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url)));
/** The files that a fixture holds as tensors. */
const filesIn = (name: string, pattern: RegExp): Uint8Array[] =>
  [...readSafetensors(fixture(name)).tensors]
    .filter(([key]) => pattern.test(key))
    .flatMap(([, { data }]) => (data instanceof Uint8Array ? [data] : []));

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'st-mutations-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Turns a reader of paths into a reader of bytes. */
const fromFile =
  <T>(name: string, read: (path: string) => Promise<T>) =>
  (bytes: Uint8Array): Promise<T> => {
    writeFileSync(join(folder, name), bytes);
    return read(join(folder, name));
  };

function judgeSet(set: ImageDataset): void {
  const size = set.imageShape.reduce((product, length) => product * length, 1);
  expect(set.size).toBeGreaterThan(0);
  for (let i = 0; i < set.size; i++) {
    expect(set.image(i).length).toBe(size);
    expect(set.label(i) >= 0 && set.label(i) < set.classes).toBe(true);
  }
}

const judgeImage = ({ height, width, pixels }: DecodedImage): void => expect(pixels.length).toBe(height * width * 3);

describe('mutated files', () => {
  it.each([
    ['PNG', /\.png\/file$/],
    ['JPEG', /\.jpg\/file$/],
    ['WebP', /\.webp\/file$/],
    ['GIF', /\.gif\/file$/],
  ])('of %s', async (_format, pattern) => {
    const files = filesIn('images.safetensors', pattern);
    await expectSurvivesMutations({
      files,
      read: (bytes) => decodeImage('[@st/data] test', 'x', bytes, 3),
      judge: judgeImage,
    });
  });

  it('of .npz', async () => {
    const files = [
      ...filesIn('npz.safetensors', /^(images|floats [<>]|labels (?!of)|column-major|one-hot)/),
      fixture('images.npz'),
      fixture('images-compressed.npz'),
    ];
    const read = fromFile('x.npz', (file) => npzDataset({ file, classes: 3, imageShape: [4, 5, 3] }));
    await expectSurvivesMutations({ files, read, judge: judgeSet });
  });

  it('of MATLAB', async () => {
    await expectSurvivesMutations({
      files: [fixture('arrays.mat'), fixture('arrays-compressed.mat')],
      read: (bytes) => readMat5(bytes, 'x.mat', { X: 48, y: 32 }),
      judge: (arrays) => {
        for (const { shape, data } of arrays.values())
          expect(data.length).toBe(shape.reduce((product, length) => product * length, 1));
      },
    });
  });

  it.each(['', '.gz'])('of IDX%s', async (extension) => {
    const file = idxFile(
      [5, 4, 3],
      Uint8Array.from({ length: 60 }, (_, i) => i),
    );
    const read = fromFile(`x-idx3${extension}`, () =>
      readIdx('[@st/data] test', { folder, name: 'x-idx3', shape: [5, 4, 3], mend: '' }),
    );
    await expectSurvivesMutations({
      files: [extension === '' ? file : gzipSync(file)],
      read,
      judge: (values) => expect(values.length).toBe(60),
    });
    rmSync(join(folder, `x-idx3${extension}`));
  });

  it('of CIFAR in binary form', async () => {
    const images = 4;
    const bytes = Uint8Array.from({ length: images * 3074 }, (_, i) => i);
    const read = fromFile('x.bin', () =>
      readPlanarRecords('[@st/data] test', { folder, name: 'x.bin', images, labelBytes: 2, mend: '' }),
    );
    await expectSurvivesMutations({
      files: [bytes],
      read,
      judge: ({ pixels, labels }) => {
        expect(pixels.length).toBe(images * 3072);
        expect(labels(1).length).toBe(images);
      },
    });
  });

  it('of lists of labels', async () => {
    const labels = Array.from({ length: 40 }, (_, i) => i % 10);
    const read = fromFile('labels.json', () => readCifar10Labels(folder, 'labels.json', 40));
    await expectSurvivesMutations({
      files: [new TextEncoder().encode(JSON.stringify(labels))],
      read,
      judge: (found) => {
        for (let label = 0; label < 10; label++) expect(found.filter((one) => one === label)).toHaveLength(4);
      },
    });
  });

  it('of pseudo-labels', async () => {
    const dataset = arrayDataset({
      name: 'four',
      pixels: Uint8Array.from({ length: 48 }, (_, i) => i),
      labels: [0, 2, 1, 2],
      imageShape: [2, 2, 3],
      classes: 3,
      classNames: ['a', 'b', 'c'],
    });
    const path = join(folder, 'good');
    const provenance = {
      modelDigest: 'ab',
      dataDigest: 'cd',
      dataset: 'x',
      confidence: 0,
      examined: 4,
      kept: 4,
      perClass: [1, 1, 2],
    };
    await savePseudoLabeled(
      { dataset, indices: Int32Array.of(0, 1, 2, 3), confidences: new Float32Array(4), provenance },
      path,
    );
    const read = fromFile('x.safetensors', (file) => loadPseudoLabeled(file));
    await expectSurvivesMutations({
      files: [readFileSync(path)],
      read,
      judge: (loaded) => judgeSet(loaded.dataset),
    });
  });
});
