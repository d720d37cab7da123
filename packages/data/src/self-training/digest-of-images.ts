import { nodeModule } from '@st/core/node';

import type { ImageDataset } from '../dataset/image-dataset.ts';

/** SHA-256 of a set's images as stored, in order, after their shape and type, in hexadecimal. Does not include the labels. */
export async function digestOfImages(dataset: ImageDataset): Promise<string> {
  const { createHash } = nodeModule('node:crypto');
  const hash = createHash('sha256');
  for (let index = 0; index < dataset.size; index++) {
    const pixels = dataset.image(index);
    if (index === 0) hash.update(`${pixels instanceof Uint8Array ? 'U8' : 'F32'} [${dataset.imageShape}]`);
    hash.update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength));
  }
  return hash.digest('hex');
}
