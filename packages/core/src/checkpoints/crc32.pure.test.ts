import { expect, it } from 'vitest';
import { crc32, crc32InScript } from './crc32.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

it.each([crc32, crc32InScript])(
  "gives ISO 3309's check value, 0 for no bytes, and continues from the checksum of earlier bytes",
  (crc) => {
    expect(crc(bytesOf('123456789'))).toBe(0xcbf43926);
    expect(crc(new Uint8Array())).toBe(0);
    expect(crc(bytesOf('6789'), crc(bytesOf('12345')))).toBe(0xcbf43926);
  },
);
