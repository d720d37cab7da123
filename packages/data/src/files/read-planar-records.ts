import { DataFormatError } from '@st/core';
import type { Where } from '@st/core/kit';

import { type DataFile, readDataFile } from './read-data-file.ts';

const SIDE = 32;
const PLANE = SIDE * SIDE;

/** A binary file of the CIFAR sets, which holds a known number of records: label bytes, then the red, green and blue planes of 32 x 32 bytes each. */
export type PlanarRecordsFile = Omit<DataFile, 'maxBytes'> & {
  readonly images: number;
  readonly labelBytes: number;
};

export type PlanarRecords = {
  /** Row by row, red, green and blue interleaved. */
  readonly pixels: Uint8Array;
  /** The labels of all images, from the label byte at position `place` of each record. */
  readonly labels: (place: number) => Uint8Array;
};

/** @throws {DataFormatError} for a file that is missing or does not hold that many records. */
export async function readPlanarRecords(
  where: Where,
  { images, labelBytes, ...file }: PlanarRecordsFile,
): Promise<PlanarRecords> {
  const recordBytes = labelBytes + 3 * PLANE;
  const wanted = images * recordBytes;
  const bytes = await readDataFile(where, { ...file, maxBytes: wanted });
  if (bytes.length !== wanted) {
    throw new DataFormatError(
      `${where}: ${file.name} in ${file.folder} must be ${wanted} bytes (${images} records of ${recordBytes}), got ${bytes.length}. It is truncated or of another set. ${file.mend}`,
      { argument: 'dir', received: bytes.length },
    );
  }
  return {
    pixels: interleavePlanes(bytes, images, labelBytes),
    labels: (place) => Uint8Array.from({ length: images }, (_, i) => bytes[i * recordBytes + place] ?? 0),
  };
}

function interleavePlanes(bytes: Uint8Array, images: number, labelBytes: number): Uint8Array {
  const pixels = new Uint8Array(images * 3 * PLANE);
  let to = 0;
  for (let image = 0; image < images; image++) {
    const first = image * (labelBytes + 3 * PLANE) + labelBytes;
    for (let red = first; red < first + PLANE; red++) {
      pixels[to++] = bytes[red] ?? 0;
      pixels[to++] = bytes[red + PLANE] ?? 0;
      pixels[to++] = bytes[red + 2 * PLANE] ?? 0;
    }
  }
  return pixels;
}
