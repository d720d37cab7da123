const PLANE = 32 * 32;

/** Where the images lie in a binary file of the CIFAR sets. */
export type PlanarRecords = {
  readonly images: number;
  readonly recordBytes: number;
  /** Bytes of labels ahead of the planes. */
  readonly headerBytes: number;
};

/** Of records with a red, a green and a blue plane of 32 x 32 bytes, the pixels row by row, colours interleaved. */
export function interleavePlanes(bytes: Uint8Array, { images, recordBytes, headerBytes }: PlanarRecords): Uint8Array {
  const pixels = new Uint8Array(images * 3 * PLANE);
  let to = 0;
  for (let image = 0; image < images; image++) {
    const first = image * recordBytes + headerBytes;
    for (let red = first; red < first + PLANE; red++) {
      pixels[to++] = bytes[red] ?? 0;
      pixels[to++] = bytes[red + PLANE] ?? 0;
      pixels[to++] = bytes[red + 2 * PLANE] ?? 0;
    }
  }
  return pixels;
}
