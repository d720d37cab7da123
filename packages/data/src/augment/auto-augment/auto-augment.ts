import { type Rng, ShapeError } from '@st/core';
import { checkKnownOptions, type Where } from '@st/core/kit';
import type { Pixels } from '../../dataset/plain-pixels.ts';
import type { Augmentation } from '../augmentation.ts';
import { checkFill, fillFor } from '../fill-color.ts';
import type { ByteImage } from './byte-image.ts';
import { CIFAR10_POLICY, type PolicyStep } from './cifar10-policy.ts';
import { OPERATIONS } from './operations.ts';

const WHERE: Where = '[@st/data] autoAugment';

export type AutoAugmentOptions = {
  /** Color of the pixels that a shear, shift or rotation uncovers, one value a channel in [0, 1]. Default: black. The published code takes the set's mean color. */
  readonly fill?: readonly number[];
};

/**
 * AutoAugment with the policy found for CIFAR-10: one of its 25 sub-policies, uniformly chosen, tries its two operations with their
 * probabilities. Operations are Pillow's, to the byte, on images of 8 bits (float images are rounded to 8 bits first).
 *
 * Choices that the paper leaves open are torchvision's: levels 0 .. 9 spread evenly over the range of the magnitude (shear 0.3, shift 150/331
 * of the side in whole pixels, turn 30 degrees, solarize from 256 down, posterize from 8 bits to 4, enhancements by 1 + or - 0.9), and
 * shear, shift, turn and enhancements go either way with probability 1/2. Apply it after crop and flip, and before Cutout.
 * @throws {InvalidArgumentError} for a color outside [0, 1].
 * @throws {ShapeError} when applied, to images of other than 1 or 3 channels.
 * @see Cubuk et al. 2019, AutoAugment, arXiv 1805.09501, section 4.1 and table 7
 */
export function autoAugment(options: AutoAugmentOptions = {}): Augmentation {
  checkKnownOptions(WHERE, options, ['fill']);
  const fill = checkFill(WHERE, options.fill);
  return {
    name: 'AutoAugment for CIFAR-10',
    apply: (source, target, shape, rng) => {
      const channels = shape[2];
      if (channels !== 1 && channels !== 3) refuseChannels(channels);
      const image: ByteImage = { pixels: bytesOf(source), shape };
      const color = fillFor(WHERE, fill, image.pixels, channels);
      const steps = CIFAR10_POLICY[rng.integer(CIFAR10_POLICY.length)] ?? [];
      const { pixels } = steps.reduce((current, step) => applyStep(current, step, color, rng), image);
      if (target instanceof Uint8Array) target.set(pixels);
      else target.set(Float32Array.from(pixels, (value) => value / 255));
    },
  };
}

function applyStep(
  image: ByteImage,
  [name, probability, level]: PolicyStep,
  fill: readonly number[],
  rng: Rng,
): ByteImage {
  const chance = rng.next();
  const sign = rng.next() < 0.5 ? -1 : 1; // drawn even if unused, so that every image takes the same number of draws
  return chance < probability ? OPERATIONS[name](image, level, sign, fill) : image;
}

function bytesOf(pixels: Pixels): Uint8Array {
  return pixels instanceof Uint8Array ? pixels : Uint8Array.from(pixels, (value) => Math.round(value * 255));
}

function refuseChannels(channels: number): never {
  throw new ShapeError(
    `${WHERE}: images must have 1 or 3 channels, got ${channels}. The operations are those of grey and of red-green-blue images.`,
    { argument: 'imageShape', received: channels },
  );
}
