import type { ByteImage } from './byte-image.ts';
import { brightness, color, contrast, sharpness } from './enhance.ts';
import { autoContrast, equalize, invert, posterize, solarize } from './look-up.ts';
import { rotate, shearY, translateX, translateY } from './transform.ts';

/** The levels of a policy are 0 .. 9, evenly spaced over the range of the operation's magnitude. */
const HIGHEST_LEVEL = 9;
/** Shift at the highest level, as a part of the side: 150 pixels of 331 in the paper's search space. */
const LARGEST_SHIFT = 150 / 331;

/** An operation of AutoAugment at a level; `sign` is the direction of operations that have two. */
export type Operation = (image: ByteImage, level: number, sign: 1 | -1, fill: readonly number[]) => ByteImage;

const part = (level: number): number => level / HIGHEST_LEVEL;
const factor = (level: number, sign: number): number => 1 + sign * 0.9 * part(level);
const shift = (level: number, sign: number, side: number): number =>
  sign * Math.trunc(LARGEST_SHIFT * part(level) * side);

/** The operations that the CIFAR-10 policy uses, by the paper's names. */
export type OperationName =
  | 'ShearY'
  | 'TranslateX'
  | 'TranslateY'
  | 'Rotate'
  | 'AutoContrast'
  | 'Invert'
  | 'Equalize'
  | 'Solarize'
  | 'Posterize'
  | 'Contrast'
  | 'Color'
  | 'Brightness'
  | 'Sharpness';

/** The operations by name. */
export const OPERATIONS: Readonly<Record<OperationName, Operation>> = {
  ShearY: (image, level, sign, fill) => shearY(image, sign * 0.3 * part(level), fill),
  TranslateX: (image, level, sign, fill) => translateX(image, shift(level, sign, image.shape[1]), fill),
  TranslateY: (image, level, sign, fill) => translateY(image, shift(level, sign, image.shape[0]), fill),
  Rotate: (image, level, sign, fill) => rotate(image, sign * 30 * part(level), fill),
  AutoContrast: autoContrast,
  Invert: invert,
  Equalize: equalize,
  Solarize: (image, level) => solarize(image, 256 * (1 - part(level))),
  Posterize: (image, level) => posterize(image, 8 - Math.round(4 * part(level))),
  Contrast: (image, level, sign) => contrast(image, factor(level, sign)),
  Color: (image, level, sign) => color(image, factor(level, sign)),
  Brightness: (image, level, sign) => brightness(image, factor(level, sign)),
  Sharpness: (image, level, sign) => sharpness(image, factor(level, sign)),
};
