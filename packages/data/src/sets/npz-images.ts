import { DataFormatError } from '@st/core';
import type { Where } from '@st/core/kit';

import type { Pixels } from '../dataset/plain-pixels.ts';
import type { NpzArray } from '../files/read-npz.ts';

/**
 * The pixels of an array of images: integers of any type in 0 .. 255 as bytes, floats in [0, 1] as float32.
 * @param source - Shown in errors.
 * @throws {DataFormatError} for another shape, with the line to write, or values out of range.
 */
export function npzImages(
  where: Where,
  source: string,
  array: NpzArray,
  imageShape: readonly [number, number, number],
): Pixels {
  checkShape(where, source, array.shape, imageShape);
  const { values, dtype } = array;
  if (dtype === 'u1') return values as Uint8Array;
  if (dtype === 'b1')
    refuse(where, source, 'must hold numbers, got booleans. Save image.astype(np.uint8) * 255.', dtype);
  return dtype.startsWith('f') ? unitFloats(where, source, values) : byteIntegers(where, source, values);
}

function refuse(where: Where, source: string, what: string, received: unknown): never {
  throw new DataFormatError(`${where}: ${source} ${what}`, { argument: 'file', received });
}

function checkShape(
  where: Where,
  source: string,
  shape: readonly number[],
  imageShape: readonly [number, number, number],
): void {
  const [height, width, channels] = imageShape;
  const [count = 0, ...rest] = shape;
  const fits = rest.join() === imageShape.join() || (channels === 1 && rest.join() === [height, width].join());
  if (fits && count > 0) return;
  const wanted = `[n, ${imageShape.join(', ')}]${channels === 1 ? ` or [n, ${height}, ${width}]` : ''}`;
  refuse(where, source, `must be ${wanted}, got [${shape.join(', ')}]. ${mendShape(rest, channels)}`, shape);
}

function mendShape(rest: readonly number[], channels: number): string {
  const [first, second, third] = rest;
  if (rest.length === 3 && first === channels && third !== channels)
    return `Its channels come first: save np.transpose(image, (0, 2, 3, 1)), and pass imageShape: [${second}, ${third}, ${first}].`;
  if (rest.length === 3) return `Pass imageShape: [${rest.join(', ')}] for images of another size.`;
  if (rest.length === 2) return `Pass imageShape: [${rest.join(', ')}, 1] for grey images.`;
  return 'Pass imageShape for images of another size, and save them with rows and columns.';
}

function byteIntegers(where: Where, source: string, values: NpzArray['values']): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < bytes.length; i++) {
    const value = Number(values[i]);
    if (!(value >= 0 && value <= 255))
      refuse(where, source, `must hold integers in 0 .. 255, got ${value} at index ${i}.`, value);
    bytes[i] = value;
  }
  return bytes;
}

function unitFloats(where: Where, source: string, values: NpzArray['values']): Float32Array {
  const floats = values instanceof Float32Array ? values : new Float32Array(values.length);
  for (let i = 0; i < floats.length; i++) {
    const value = Number(values[i]);
    if (!(value >= 0 && value <= 1)) {
      refuse(
        where,
        source,
        `must hold floats in [0, 1], got ${value} at index ${i}. Save image.astype(np.uint8) for 0 .. 255, (image + 1) / 2 for [-1, 1]; normalization belongs in the model.`,
        value,
      );
    }
    floats[i] = value;
  }
  return floats;
}
