import { DataFormatError } from '@st/core';
import type { Where } from '@st/core/kit';

import type { NpzArray } from '../files/read-npz.ts';

/** The set that the labels belong to. */
export type LabeledBy = { readonly count: number; readonly classes: number };

/**
 * The classes in an array of labels: whole numbers `[n]` or `[n, 1]` of any type, or one-hot rows `[n, classes]`.
 * @param source - Shown in errors.
 * @throws {DataFormatError} for another shape, labels that are no classes, and rows that are not one-hot.
 */
export function npzLabels(where: Where, source: string, { shape, values }: NpzArray, of: LabeledBy): Int32Array {
  const { count, classes } = of;
  const refuse = (what: string, received: unknown): never => {
    throw new DataFormatError(`${where}: ${source} ${what}`, { argument: 'file', received });
  };
  const form = shape.join();
  if (form !== `${count}` && form !== `${count},1`) {
    if (form === `${count},${classes}`) return fromOneHot();
    refuse(
      `must be [${count}] or [${count}, 1], one class an image, or one-hot [${count}, ${classes}], got [${shape.join(', ')}].`,
      shape,
    );
  }
  return fromIntegers();

  function fromIntegers(): Int32Array {
    const labels = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const label = Number(values[i]);
      if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
        refuse(
          `must hold labels in [0, ${classes}), got ${label} at index ${i}. Classes are counted from 0; is it a set of ${classes} classes?`,
          label,
        );
      }
      labels[i] = label;
    }
    return labels;
  }

  function fromOneHot(): Int32Array {
    return Int32Array.from({ length: count }, (_, i) => {
      const row = Array.from({ length: classes }, (_unused, k) => Number(values[i * classes + k]));
      const isOneHot = row.every((value) => value === 0 || value === 1) && row.filter(Boolean).length === 1;
      return isOneHot
        ? row.indexOf(1)
        : refuse(
            `must hold one-hot rows, got [${row.slice(0, 4).join(', ')}${classes > 4 ? ', …' : ''}] at index ${i}. Soft labels are not read; save label.argmax(axis=1).`,
            row,
          );
    });
  }
}
