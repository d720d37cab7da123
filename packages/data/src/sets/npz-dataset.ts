import { DataFormatError, InvalidArgumentError } from '@st/core';
import { checkKind, checkKnownOptions, checkNumber, describeValue, type Where } from '@st/core/kit';
import { checkImageShape } from '../dataset/check-image-shape.ts';
import { checkPath } from '../dataset/check-path.ts';
import type { ImageDataset } from '../dataset/image-dataset.ts';
import { readNpz } from '../files/read-npz.ts';
import { arrayDataset } from './array-dataset.ts';
import { npzImages } from './npz-images.ts';
import { npzLabels } from './npz-labels.ts';

const WHERE: Where = '[@st/data] npzDataset';

/** Usual names of images and labels, which errors suggest. They are not used to find the arrays. */
const USUAL_KEYS: readonly (readonly [image: string, label: string])[] = [
  ['image', 'label'],
  ['images', 'labels'],
  ['x_train', 'y_train'],
  ['X_train', 'y_train'],
  ['x_test', 'y_test'],
  ['data', 'labels'],
  ['x', 'y'],
  ['X', 'y'],
  ['arr_0', 'arr_1'],
];
const KEYS_SHOWN = 12;

export type NpzDatasetOptions = {
  /** The `.npz` file. */
  readonly file: string;
  /** How many classes there are, at least 2. */
  readonly classes: number;
  /** Shown in reports. Default: the file's path. */
  readonly name?: string;
  /** `[height, width, channels]` that the images must have. Default: [32, 32, 3]. */
  readonly imageShape?: readonly [number, number, number];
  /** The names of the two arrays, for example `{ image: 'x_train', label: 'y_train' }`. Default: `{ image: 'image', label: 'label' }`. */
  readonly keys?: { readonly image: string; readonly label: string };
  /** Size limit of the two arrays, unpacked. Default: 256 MiB, or four times the file if that is more. */
  readonly maxBytes?: number;
};

/**
 * Images and labels from a NumPy `.npz` file, in the format of robust self-training's published data: `image` uint8
 * `[n, 32, 32, 3]` and `label` integers `[n]`, compressed or not. Images may also be other integers in 0 .. 255 or floats in [0, 1], gray ones
 * `[n, height, width]`, labels `[n, 1]` or one-hot `[n, classes]`, both in any byte order, row- or column-major. Arrays of objects (pickles) are
 * rejected, so nothing in the file is executed. Node only.
 * @throws {DataFormatError} if the file is missing, damaged, or holds other names, types or shapes, or labels outside the classes.
 * @throws {InvalidArgumentError} for an unknown option or fewer than 2 classes.
 * @example
 * const generated = await npzDataset({ file: 'cifar10_ddpm.npz', classes: 10 });
 * const train = semiSupervised(augmented(labeled, CIFAR10_AUGMENTATION), augmented(generated, CIFAR10_AUGMENTATION));
 */
export async function npzDataset(options: NpzDatasetOptions): Promise<ImageDataset> {
  checkKnownOptions(WHERE, options, ['file', 'classes', 'name', 'imageShape', 'keys', 'maxBytes']);
  const { file, classes, name = file, imageShape = [32, 32, 3], maxBytes } = options;
  checkPath(WHERE, 'file', file);
  checkKind(WHERE, 'name', name, 'text');
  checkNumber(WHERE, 'classes', classes, { min: 2, integer: true });
  if (maxBytes !== undefined) checkNumber(WHERE, 'maxBytes', maxBytes, { min: 1, integer: true });
  checkImageShape(WHERE, imageShape);
  const keys = checkKeys(options.keys);
  const { arrays, found } = await readNpz(WHERE, { file, names: [keys.image, keys.label], maxBytes });
  const [images, labels] = [arrays.get(keys.image), arrays.get(keys.label)];
  if (!images || !labels) return refuseMissing(file, images ? keys.label : keys.image, found);
  const pixels = npzImages(WHERE, `${keys.image} in ${file}`, images, imageShape);
  const count = images.shape[0] ?? 0;
  return arrayDataset({
    name,
    pixels,
    labels: npzLabels(WHERE, `${keys.label} in ${file}`, labels, { count, classes }),
    imageShape,
    classes,
  });
}

function checkKeys(keys: NpzDatasetOptions['keys'] = { image: 'image', label: 'label' }): {
  image: string;
  label: string;
} {
  const valid =
    typeof keys === 'object' &&
    keys !== null &&
    typeof keys.image === 'string' &&
    typeof keys.label === 'string' &&
    keys.image !== keys.label;
  if (valid) return keys;
  throw new InvalidArgumentError(
    `${WHERE}: keys must name two arrays, { image: 'x_train', label: 'y_train' }, got ${describeValue(keys)}.`,
    { argument: 'keys', received: keys },
  );
}

function refuseMissing(file: string, missing: string, found: readonly string[]): never {
  const usual = USUAL_KEYS.filter(([image, label]) => found.includes(image) && found.includes(label));
  const [image, label] = usual[0] ?? ['IMAGES', 'LABELS'];
  const more = found.length > KEYS_SHOWN ? ` and ${found.length - KEYS_SHOWN} more` : '';
  throw new DataFormatError(
    `${WHERE}: ${file} must hold the array '${missing}', found ${found.slice(0, KEYS_SHOWN).join(', ') || 'none'}${more}. Name the two arrays: keys: { image: '${image}', label: '${label}' }.`,
    { argument: 'keys', received: found },
  );
}
