import type { Augmentation } from './augmentation.ts';

/**
 * Mirrors an image left to right with probability 1/2.
 * @see torchvision `transforms.RandomHorizontalFlip()`
 */
export function horizontalFlip(): Augmentation {
  return {
    name: 'horizontal flip',
    apply: (source, target, [height, width, channels], rng) => {
      if (rng.next() >= 0.5) {
        target.set(source);
        return;
      }
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          const to = (row * width + column) * channels;
          const from = (row * width + width - 1 - column) * channels;
          for (let channel = 0; channel < channels; channel++) target[to + channel] = source[from + channel] ?? 0;
        }
      }
    },
  };
}
