import type { Classifier } from '@st/core';

import type { ImageDataset } from './image-dataset.ts';

/**
 * SHA-256 of a classifier's weights and running statistics (names, shapes and values, in the model's order), in hexadecimal.
 * @returns Null for a function without variables, whose weights nobody sees.
 */
export async function digestOfModel({ parameters, statistics }: Classifier): Promise<string | null> {
  const { createHash } = await import('node:crypto');
  const variables = [...parameters, ...statistics];
  if (variables.length === 0) return null;
  const parts: string[] = [];
  for (const { name, variable } of variables) {
    const { buffer, byteOffset, byteLength } = await variable.data();
    const hash = createHash('sha256')
      .update(new Uint8Array(buffer, byteOffset, byteLength))
      .digest('hex');
    parts.push(`${name} [${variable.shape}] ${hash}`);
  }
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

/** SHA-256 of a set's images as stored, in order, after their shape and type, in hexadecimal. Labels do not enter. */
export async function digestOfImages(dataset: ImageDataset): Promise<string> {
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256');
  for (let index = 0; index < dataset.size; index++) {
    const pixels = dataset.image(index);
    if (index === 0) hash.update(`${pixels instanceof Uint8Array ? 'U8' : 'F32'} [${dataset.imageShape}]`);
    hash.update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength));
  }
  return hash.digest('hex');
}
