import { DataFormatError } from '@st/core';
import type { Where } from '@st/core/kit';

/** The formats that are read, by their first bytes; `?` matches any character. */
const READ: Readonly<Record<string, readonly string[]>> = {
  png: ['\x89PNG\r\n\x1a\n'],
  jpeg: ['\xff\xd8\xff'],
  gif: ['GIF87a', 'GIF89a'],
  webp: ['RIFF????WEBP'],
};

/** Formats that are recognized but not read, so that the error names the format. */
const NOT_READ: readonly (readonly [name: string, starts: readonly string[], extensions: readonly string[]])[] = [
  ['BMP', ['BM'], ['.bmp', '.dib']],
  ['TIFF', ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'], ['.tif', '.tiff']],
  ['HEIF or AVIF', ['????ftyp'], ['.heic', '.heif', '.avif']],
  ['JPEG XL', ['\xff\x0a', '\0\0\0\x0cJXL '], ['.jxl']],
  ['JPEG 2000', ['\0\0\0\x0cjP  ', '\xff\x4f\xff\x51'], ['.jp2', '.j2k']],
  ['PNM', ['P1', 'P2', 'P3', 'P4', 'P5', 'P6'], ['.ppm', '.pgm', '.pbm', '.pnm']],
  ['SVG or XML', ['<'], ['.svg']],
  ['QOI', ['qoif'], ['.qoi']],
  ['icon', ['\0\0\x01\0'], ['.ico']],
  ['TGA', [], ['.tga']],
];

/** Extensions of the files that `decodeImage` reads. */
export const IMAGE_EXTENSIONS: readonly string[] = ['.png', '.jpg', '.jpeg', '.jpe', '.jfif', '.gif', '.webp'];

/** Extensions of image files that it does not read. */
export const OTHER_IMAGE_EXTENSIONS: readonly string[] = NOT_READ.flatMap(([, , extensions]) => extensions);

/**
 * `png`, `jpeg`, `gif` or `webp`, by the first bytes of a file, independent of its name.
 * @throws {DataFormatError} for any other, saying what it is and what to convert it to.
 */
export function imageFormatOf(where: Where, path: string, bytes: Uint8Array): string {
  const starts = (text: string): boolean =>
    bytes.length >= text.length && Array.from(text).every((c, i) => c === '?' || bytes[i] === c.charCodeAt(0));
  const format = Object.keys(READ).find((name) => READ[name]?.some(starts));
  if (format !== undefined) return format;
  const known = NOT_READ.find(([, signatures]) => signatures.some(starts));
  const is = known ? `is a ${known[0]} file, which is not read` : 'is none of these by its first bytes';
  throw new DataFormatError(
    `${where}: ${path} must be a PNG, JPEG, WebP or GIF file, ${is}. Convert it to PNG, which keeps every value.`,
    { argument: 'dir', received: path },
  );
}
