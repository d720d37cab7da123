import { DataFormatError } from '@st/core';
import { checkKind, checkKnownOptions, type Where } from '@st/core/kit';
import { checkPath } from '../dataset/check-path.ts';
import type { ImageDataset } from '../dataset/image-dataset.ts';
import { readDataFile } from '../files/read-data-file.ts';
import { type MatArray, readMat5 } from '../files/read-mat5.ts';
import { concatenated } from '../views/concatenated.ts';
import { arrayDataset } from './array-dataset.ts';
import { checkClassCounts } from './check-class-counts.ts';
import { type TrainingSets, type TrainingSetsOptions, trainingSets } from './training-sets.ts';

const WHERE: Where = '[@st/data] svhn';
const MEND = 'Put the cropped digits (format 2) of http://ufldl.stanford.edu/housenumbers/ there.';
const CLASSES = 10;
const SIDE = 32;
const CHANNELS = 3;
const PLANE = SIDE * SIDE;

/** Images of the digits 0 .. 9 in each file. */
const DIGITS = {
  train: [4948, 13861, 10585, 8497, 7458, 6882, 5727, 5595, 5045, 4659],
  test: [1744, 5099, 4149, 2882, 2523, 2384, 1977, 2019, 1660, 1595],
} as const;
const EXTRA_IMAGES = 531_131;
/** Upper bound of the bytes of a file besides the values of its arrays. */
const HEADERS = 65_536;

/** No augmentation by default, as is usual for SVHN. */
export type SvhnOptions = TrainingSetsOptions & {
  /** The folder with `train_32x32.mat` and `test_32x32.mat`. */
  readonly dir: string;
  /** Trains on `extra_32x32.mat`, too: 531 131 easier images, which take 1.6 GB more. Default: false. */
  readonly extra?: boolean;
};

/**
 * SVHN, the cropped digits, from its official MATLAB files: 73 257 training images, of which `validation` are held out, and 26 032 test
 * images, 32 x 32 x 3. The class is the digit (the files label zero 10). Node only.
 * @throws {DataFormatError} if a file is missing, damaged, of another shape, or holds other than the published numbers of each digit.
 * @throws {InvalidArgumentError} for an unknown option, or a validation set that would leave a class empty.
 * @example
 * const { train, validation, test } = await svhn({ dir: 'svhn', validation: 1000, seed: 1 });
 * @see Netzer et al. 2011, "Reading Digits in Natural Images with Unsupervised Feature Learning"
 */
export async function svhn(options: SvhnOptions): Promise<TrainingSets> {
  checkKnownOptions(WHERE, options, ['dir', 'extra', 'validation', 'seed', 'augment']);
  checkPath(WHERE, 'dir', options.dir);
  const { dir, extra = false } = options;
  checkKind(WHERE, 'extra', extra, 'switch');
  const train = await readSet(dir, 'train');
  const test = await readSet(dir, 'test');
  const all = extra ? concatenated('SVHN with extra train', [train, await readSet(dir, 'extra')]) : train;
  return trainingSets(WHERE, { train: all, test }, 'svhn validation', options);
}

async function readSet(folder: string, part: 'train' | 'test' | 'extra'): Promise<ImageDataset> {
  const file = `${part}_32x32.mat`;
  const counts = part === 'extra' ? null : DIGITS[part];
  const images = counts === null ? EXTRA_IMAGES : counts.reduce((sum, count) => sum + count, 0);
  const wanted = { X: images * PLANE * CHANNELS, y: images * 8 };
  const bytes = await readDataFile(WHERE, { folder, name: file, maxBytes: wanted.X + wanted.y + HEADERS, mend: MEND });
  const arrays = readMat5(bytes, `${file} in ${folder}`, wanted);
  const source = `${file} in ${folder}`;
  const labels = labelsOf(source, images, arrays.get('y'));
  if (counts) checkClassCounts(WHERE, source, labels, counts, MEND);
  const pixels = pixelsOf(source, images, arrays.get('X'));
  const classNames = Array.from({ length: CLASSES }, (_, digit) => `${digit}`);
  return arrayDataset({
    name: `SVHN ${part}`,
    pixels,
    labels,
    imageShape: [SIDE, SIDE, CHANNELS],
    classes: CLASSES,
    classNames,
  });
}

/** X [row, column, channel, image], the first index varying fastest, as images in row-major order. */
function pixelsOf(source: string, images: number, array: MatArray | undefined): Uint8Array {
  const { shape, data } = array ?? { shape: [], data: null };
  if (!(data instanceof Uint8Array) || shape.join() !== [SIDE, SIDE, CHANNELS, images].join()) {
    throw new DataFormatError(
      `${WHERE}: ${source} must hold X as bytes [32, 32, 3, ${images}], got ${data instanceof Uint8Array ? 'bytes' : 'other numbers'} [${shape.join(', ')}]. ${MEND}`,
      { argument: 'dir', received: shape },
    );
  }
  const pixels = new Uint8Array(data.length);
  let to = 0;
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < SIDE; row++) {
      for (let column = 0; column < SIDE; column++) {
        const from = image * PLANE * CHANNELS + column * SIDE + row;
        for (let channel = 0; channel < CHANNELS; channel++) pixels[to++] = data[from + channel * PLANE] ?? 0;
      }
    }
  }
  return pixels;
}

function labelsOf(source: string, images: number, array: MatArray | undefined): Uint8Array {
  const { shape, data } = array ?? { shape: [], data: [] };
  if (shape.join() !== [images, 1].join()) {
    throw new DataFormatError(
      `${WHERE}: ${source} must hold y [${images}, 1], one label an image, got [${shape.join(', ')}]. ${MEND}`,
      { argument: 'dir', received: shape },
    );
  }
  const wrong = data.findIndex((label) => !(Number.isInteger(label) && label >= 1 && label <= CLASSES));
  if (wrong >= 0) {
    throw new DataFormatError(
      `${WHERE}: labels must be 1 .. 10 (10 for the digit 0), got ${data[wrong]} at index ${wrong} of ${source}. The file is damaged. ${MEND}`,
      { argument: 'dir', received: data[wrong] },
    );
  }
  return Uint8Array.from(data, (label) => label % CLASSES);
}
