import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DataFormatError, readSafetensors } from '@st/core';
import { encode } from 'fast-png';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { decodeImage } from './decode-image.ts';

/** Image files of every kind, and their pixels as decoded by Pillow (fixtures/make-images.py). */
const { tensors } = readSafetensors(
  readFileSync(fileURLToPath(new URL('../../fixtures/images.safetensors', import.meta.url))),
);
const names = [...tensors.keys()].filter((key) => key.endsWith('/file')).map((key) => key.slice(0, -'/file'.length));
const tensorOf = (key: string) => {
  const tensor = tensors.get(key);
  if (!tensor || !(tensor.data instanceof Uint8Array)) throw new Error(`no ${key}`);
  return { shape: tensor.shape, data: tensor.data };
};
const fileOf = (name: string): Uint8Array => tensorOf(`${name}/file`).data;
const decode = (bytes: Uint8Array, channels: 1 | 3 = 3) => decodeImage('[@st/data] test', 'x', bytes, channels);

describe('decodeImage', () => {
  it.each(names)('decodes %s to the values of Pillow', async (name) => {
    const { shape, data } = tensorOf(`${name}/pixels`);
    const { height, width, pixels } = await decode(fileOf(name));
    expect([height, width, 3]).toEqual(shape);
    expect(Array.from(pixels)).toEqual(Array.from(data));
  });

  it('takes the upper eight of 16 bits of gray, and one channel with channels: 1', async () => {
    const data = Uint16Array.from([0, 0x00ff, 0x0100, 0x7fff, 0x8000, 0xffff]);
    const file = encode({ width: 3, height: 2, channels: 1, depth: 16, data });
    expect(Array.from((await decode(file, 1)).pixels)).toEqual([0, 0, 1, 0x7f, 0x80, 0xff]);
    const gray = fileOf('grey.jpg');
    const [one, three] = [(await decode(gray, 1)).pixels, (await decode(gray)).pixels];
    expect(Array.from(three)).toEqual(Array.from(one).flatMap((value) => [value, value, value]));
  });

  it.each([
    ['BMP', Buffer.from('BM12345678')],
    ['TIFF', Buffer.from('II*\0abcd')],
    ['HEIF or AVIF', Buffer.from('\0\0\0\x1cftypavif')],
    ['JPEG XL', Buffer.from([0xff, 0x0a, 1, 2])],
    ['JPEG 2000', Buffer.from('\0\0\0\x0cjP  abc')],
    ['PNM', Buffer.from('P6 1 1 255 abc')],
    ['SVG or XML', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>')],
  ])('rejects a %s file by name, and says what to convert it to', async (name, bytes) => {
    await expect(decode(bytes)).rejects.toThrow(
      `[@st/data] test: x must be a PNG, JPEG, WebP or GIF file, is a ${name} file, which is not read. Convert it to PNG, which keeps every value.`,
    );
    await expect(decode(bytes)).rejects.toBeInstanceOf(DataFormatError);
  });

  it.each(['quality 100.jpg', 'progressive.jpg', 'grey.png', 'interlaced.png', 'lossy.webp', 'still.gif'])(
    'rejects %s truncated anywhere',
    async (name) => {
      const file = fileOf(name);
      for (const part of [0.1, 0.3, 0.5, 0.7, 0.9]) {
        const attempt = decode(file.subarray(0, Math.floor(file.length * part)));
        await expect(attempt).rejects.toBeInstanceOf(DataFormatError);
      }
    },
  );

  it('rejects a JPEG of 12 bits, a palette image without a palette, and a wrong checksum', async () => {
    const deep = Uint8Array.from(fileOf('quality 100.jpg'));
    deep[deep.findIndex((byte, i) => byte === 0xff && deep[i + 1] === 0xc0) + 4] = 12;
    await expect(decode(deep)).rejects.toThrow('x cannot be decoded: ');
    const png = Buffer.from(fileOf('palette of 4.png'));
    const at = png.indexOf('PLTE') - 4;
    const without = Buffer.concat([png.subarray(0, at), png.subarray(at + 12 + png.readUInt32BE(at))]);
    await expect(decode(without)).rejects.toBeInstanceOf(DataFormatError);
    const flipped = Buffer.from(fileOf('colour.png'));
    const values = flipped.indexOf('IDAT') + 6;
    flipped[values] = (flipped[values] ?? 0) ^ 1;
    await expect(decode(flipped)).rejects.toBeInstanceOf(DataFormatError);
  });

  it('rejects sizes beyond its limits by the header alone', async () => {
    const header = Uint8Array.from(fileOf('colour.png'));
    new DataView(header.buffer).setUint32(16, 20_000);
    await expect(decode(header)).rejects.toBeInstanceOf(DataFormatError);
    const wide = await sharp({ create: { width: 70_000, height: 1, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    await expect(decode(wide)).rejects.toThrow(
      'x must be an image of at most 65535 pixels a side, got 1 x 70000. Scale it down first.',
    );
    const large = await sharp({ create: { width: 11_000, height: 10_000, channels: 3, background: 'red' } })
      .png({ compressionLevel: 1 })
      .toBuffer();
    await expect(decode(large)).rejects.toThrow('x must be an image of at most 100 megapixels, got 10000 x 11000.');
  });

  it('rejects a progressive JPEG of too many scans for its size', async () => {
    const { data } = await sharp({ create: { width: 3000, height: 3000, channels: 3, background: 'red' } })
      .jpeg({ progressive: true })
      .toBuffer({ resolveWithObject: true });
    const scan = Buffer.from([0xff, 0xda]);
    const many = Buffer.concat([data, ...new Array<Buffer>(80).fill(scan)]);
    await expect(decode(many)).rejects.toThrow('megapixels as a JPEG of ');
    expect((await decode(data)).height).toBe(3000);
  });
});
