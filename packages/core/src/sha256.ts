import { checkKind } from './errors/check-kind.ts';
/**
 * SHA-256 in hexadecimal, of bytes or of a text in UTF-8. Uses WebCrypto, so it also works in browsers.
 * @throws {InvalidArgumentError} for a value that is neither.
 */
export async function sha256(bytes: Uint8Array | string): Promise<string> {
  if (typeof bytes !== 'string') checkKind('[@st/core] sha256', 'bytes', bytes, 'bytes');
  const source = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  // digest accepts no SharedArrayBuffer; the arrays here never have one
  const hash = await globalThis.crypto.subtle.digest('SHA-256', source as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
