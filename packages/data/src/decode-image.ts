import { DataFormatError, ShapeError, type Where } from '@st/core';

/** An image as bytes, row by row, channels interleaved. */
export type DecodedImage = { readonly height: number; readonly width: number; readonly pixels: Uint8Array };

/** Of the largest image that is decoded: 100 megapixels. A damaged header may claim any size. */
const MOST_MEGAPIXELS = 100;
const MOST_MEGABYTES = 1024;
const PNG_SIGNATURE: readonly number[] = [0x89, 0x50, 0x4e, 0x47];
const JPEG_SIGNATURE: readonly number[] = [0xff, 0xd8, 0xff];

type Raw = DecodedImage & { readonly channels: number };

/**
 * Decodes a PNG (8 or 16 bits, or a palette) or JPEG file, known by its first bytes.
 * @param channels - 3: grey is spread over three channels; 1: grey only. An alpha channel must be opaque, and is dropped.
 * @throws {DataFormatError} if it is damaged, too large or of another format.
 * @throws {ShapeError} if it has other channels.
 */
export async function decodeImage(
  where: Where,
  path: string,
  bytes: Uint8Array,
  channels: 1 | 3,
): Promise<DecodedImage> {
  const starts = (signature: readonly number[]): boolean => signature.every((byte, i) => bytes[i] === byte);
  if (starts(PNG_SIGNATURE))
    return withChannels(where, path, await decoded(where, path, () => decodePng(bytes)), channels);
  if (starts(JPEG_SIGNATURE))
    return withChannels(where, path, await decoded(where, path, () => decodeJpeg(bytes)), channels);
  throw new DataFormatError(`${where}: ${path} must be a PNG or JPEG file, got neither by its first bytes.`, {
    argument: 'dir',
    received: path,
  });
}

async function decoded(where: Where, path: string, decode: () => Promise<Raw>): Promise<Raw> {
  try {
    return await decode();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataFormatError(`${where}: ${path} cannot be decoded: ${reason}. It is truncated or damaged.`, {
      argument: 'dir',
      received: path,
      cause,
    });
  }
}

async function decodePng(bytes: Uint8Array): Promise<Raw> {
  const { convertIndexedToRgb, decode } = await import('fast-png');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const megapixels = bytes.length < 24 ? 0 : (view.getUint32(16) * view.getUint32(20)) / 1e6;
  if (megapixels > MOST_MEGAPIXELS) throw new Error(`${megapixels} megapixels are more than ${MOST_MEGAPIXELS}`);
  const png = decode(bytes, { checkCrc: true });
  const { height, width, depth, data, palette } = png;
  if (palette) {
    const channels = palette[0]?.length ?? 3;
    return { height, width, channels, pixels: Uint8Array.from(convertIndexedToRgb(png)) };
  }
  if (depth < 8) throw new Error(`${depth}-bit grey images are not read; save it with 8 bits`);
  const pixels = depth === 16 ? Uint8Array.from(data, (value) => value >> 8) : Uint8Array.from(data);
  return { height, width, channels: png.channels, pixels };
}

async function decodeJpeg(bytes: Uint8Array): Promise<Raw> {
  const { default: jpeg } = await import('jpeg-js');
  const { height, width, data } = jpeg.decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: MOST_MEGAPIXELS,
    maxMemoryUsageInMB: MOST_MEGABYTES,
  });
  return { height, width, channels: 3, pixels: data };
}

function withChannels(where: Where, path: string, image: Raw, wanted: 1 | 3): DecodedImage {
  const { height, width, pixels, channels } = image;
  const colours = channels === 2 || channels === 4 ? channels - 1 : channels;
  const fail = (what: string): never => {
    throw new ShapeError(`${where}: ${path} ${what}`, { argument: 'channels', received: channels });
  };
  if (colours < channels) {
    for (let i = colours; i < pixels.length; i += channels) {
      if (pixels[i] !== 255) fail('must be opaque, got transparent pixels. Flatten it onto a background first.');
    }
  }
  if (wanted === 1 && colours === 3) {
    const grey = isGrey(pixels, channels);
    if (!grey) fail('must be grey for channels: 1, got colours. Pass channels: 3, or convert it.');
  }
  const result = new Uint8Array(height * width * wanted);
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let channel = 0; channel < wanted; channel++) {
      result[pixel * wanted + channel] = pixels[pixel * channels + (colours === 3 ? channel : 0)] ?? 0;
    }
  }
  return { height, width, pixels: result };
}

/** JPEG decoders give grey images three equal channels. */
function isGrey(pixels: Uint8Array, channels: number): boolean {
  for (let i = 0; i < pixels.length; i += channels) {
    if (pixels[i] !== pixels[i + 1] || pixels[i] !== pixels[i + 2]) return false;
  }
  return true;
}
