import type { Classifier } from '@st/core';

/** SHA-256, in hexadecimal. */
export async function sha256(bytes: Uint8Array | string): Promise<string> {
  const source = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  // a view may not be over a shared buffer, which no array here is
  const hash = await globalThis.crypto.subtle.digest('SHA-256', source as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * A digest of a model's weights and running statistics: their names, shapes and values, in the model's order.
 * @returns Null for a function without variables, whose weights nobody sees.
 */
export async function digestOfModel({ parameters, statistics }: Classifier): Promise<string | null> {
  const variables = [...parameters, ...statistics];
  if (variables.length === 0) return null;
  const parts: string[] = [];
  for (const { name, variable } of variables) {
    const values = await variable.data();
    const hash = await sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    parts.push(`${name} [${variable.shape}] ${hash}`);
  }
  return sha256(parts.join('\n'));
}
