import { DataFormatError, ShapeError } from '@st/core';
import type { Where } from '@st/core/kit';
import type { Metadata, Sharp } from 'sharp';

import { cmykToRgb } from './cmyk-to-rgb.ts';
import { imageFormatOf } from './image-format.ts';
import { loadDependency } from './load-dependency.ts';
import { scansOf } from './progressive-scans.ts';

/** An image as bytes, row by row, channels interleaved. */
export type DecodedImage = { readonly height: number; readonly width: number; readonly pixels: Uint8Array };

/** Size of the largest file that is decoded. */
export const MOST_IMAGE_BYTES: number = 2 ** 28;
/** Size of the largest image that is decoded: 100 megapixels, 300 MB. A damaged or hostile header may claim any size. */
const MOST_PIXELS = 100e6;
/** The limit of JPEG. Decoders hold whole rows in memory. */
const LONGEST_SIDE = 65_535;
/** The decoder of a progressive JPEG keeps a coefficient of two bytes for each value until the last scan. */
const MOST_PROGRESSIVE_PIXELS = 50e6;
/** Pixels times scans: each scan passes over the whole image. A typical file has ten scans. */
const MOST_SCANNED_PIXELS = 500e6;

/**
 * Decodes a PNG, JPEG, WebP or GIF file, known by its first bytes, to the values that Pillow's `Image.open(path).convert('RGB')` has: transparency
 * is dropped, colors stay as stored; color profiles, gamma and the orientation in EXIF are not applied; of an animation the first frame. Of
 * 16 bits the upper eight (Pillow clips 16-bit gray at 255 instead).
 * @param channels - 3: gray is spread over three channels; 1: gray only.
 * @throws {DataFormatError} if it is damaged, truncated, too large or of another format.
 * @throws {ShapeError} for colors where one channel is asked for.
 */
export async function decodeImage(
  where: Where,
  path: string,
  bytes: Uint8Array,
  channels: 1 | 3,
): Promise<DecodedImage> {
  const format = imageFormatOf(where, path, bytes);
  const sharp = loadDependency(where, 'sharp');
  const open = (): Sharp => sharp(bytes, { failOn: 'truncated', ignoreIcc: true, limitInputPixels: MOST_PIXELS });
  const header = (): Promise<Metadata> => sharp(bytes, { limitInputPixels: false }).metadata(); // decodes nothing
  const metadata = await decoded(where, path, header);
  checkSize(where, path, format, metadata, bytes);
  const image = await decoded(where, path, () => (metadata.space === 'cmyk' ? readCmyk(open()) : readColors(open())));
  return withChannels(where, path, image, channels);
}

type Raw = DecodedImage & { readonly channels: number };

async function readColors(image: Sharp): Promise<Raw> {
  return rawOf(image.removeAlpha().toColourspace('srgb'));
}

async function readCmyk(image: Sharp): Promise<Raw> {
  const { pixels, ...raw } = await rawOf(image.pipelineColourspace('cmyk').toColourspace('cmyk'));
  return { ...raw, channels: 3, pixels: cmykToRgb(pixels) };
}

async function rawOf(image: Sharp): Promise<Raw> {
  const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return { height: info.height, width: info.width, channels: info.channels, pixels };
}

async function decoded<T>(where: Where, path: string, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]?.replace(/[\s:.]+$/, '');
    throw new DataFormatError(
      `${where}: ${path} cannot be decoded: ${reason}. It is truncated or damaged, or of a kind that is not read; save it anew as PNG.`,
      { argument: 'dir', received: path, cause },
    );
  }
}

function checkSize(where: Where, path: string, format: string, metadata: Metadata, bytes: Uint8Array): void {
  const { width, height, isProgressive } = metadata;
  const pixels = width * height;
  const refuse = (most: string): never => {
    throw new DataFormatError(
      `${where}: ${path} must be an image of at most ${most}, got ${height} x ${width}. Scale it down first.`,
      { argument: 'dir', received: [height, width] },
    );
  };
  if (!(pixels <= MOST_PIXELS)) refuse(`${MOST_PIXELS / 1e6} megapixels`);
  if (width > LONGEST_SIDE || height > LONGEST_SIDE) refuse(`${LONGEST_SIDE} pixels a side`);
  if (format !== 'jpeg' || !isProgressive) return;
  if (pixels > MOST_PROGRESSIVE_PIXELS) refuse(`${MOST_PROGRESSIVE_PIXELS / 1e6} megapixels as a progressive JPEG`);
  const scans = scansOf(bytes);
  if (scans * pixels > MOST_SCANNED_PIXELS) {
    refuse(`${Math.floor(MOST_SCANNED_PIXELS / scans / 1e6)} megapixels as a JPEG of ${scans} scans`);
  }
}

function withChannels(where: Where, path: string, image: Raw, wanted: 1 | 3): DecodedImage {
  const { height, width, pixels, channels } = image;
  if (channels === wanted) return { height, width, pixels };
  if (wanted === 1 && !isGray(pixels)) {
    throw new ShapeError(
      `${where}: ${path} must be grey for channels: 1, got colours. Pass channels: 3, or convert it.`,
      {
        argument: 'channels',
        received: channels,
      },
    );
  }
  const result = new Uint8Array(height * width * wanted);
  if (wanted === 1) for (let i = 0; i < result.length; i++) result[i] = pixels[3 * i] ?? 0;
  else for (let i = 0; i < pixels.length; i++) result.fill(pixels[i] ?? 0, 3 * i, 3 * i + 3);
  return { height, width, pixels: result };
}

/** Gray images may be stored as three equal channels. */
function isGray(pixels: Uint8Array): boolean {
  for (let i = 0; i < pixels.length; i += 3) {
    if (pixels[i] !== pixels[i + 1] || pixels[i] !== pixels[i + 2]) return false;
  }
  return true;
}
