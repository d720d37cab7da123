import { CheckpointError } from '@st/core';

import type { Pool } from '../nets/net-options.ts';
import type { Architecture } from './architecture.ts';

/** How features are averaged, the image size, and the assumptions made. */
export type ChosenPool = {
  readonly pool: Pool;
  readonly imageSize: readonly [number | null, number | null];
  readonly warnings: readonly string[];
};

export type ChoosePoolOptions = {
  readonly pool: Pool | undefined;
  readonly imageSize: readonly [number | null, number | null] | undefined;
  /** Columns of the classifier's weights. */
  readonly columns: number;
  /** Whether the module pools over all pixels at any image size. */
  readonly poolsGlobally: boolean;
};

/** Side of the windows that published code averages over; the whole feature map at 32 x 32 pixels. */
const PUBLISHED_WINDOW = {
  resnet: 4,
  'preact-resnet': 4,
  'wide-resnet': 8,
  'dm-wide-resnet': 8,
  'dm-preact-resnet': 4,
} as const;

const CIFAR_SIDE = 32;
const IMAGENET_SIDE = 224;

/**
 * Chooses between averages over all pixels and over the windows of published code. Larger images have more than one window, so the number of
 * the classifier's columns decides where the two differ. Where they do not differ and images are not 32 x 32, the published windows are
 * chosen, with a warning.
 * @throws {CheckpointError} if the columns do not fit the image size, with the size that they fit.
 */
export function choosePool(
  where: string,
  architecture: Architecture,
  { pool, imageSize, columns, poolsGlobally }: ChoosePoolOptions,
): ChosenPool {
  const features = featuresOf(architecture);
  const window = PUBLISHED_WINDOW[architecture.family];
  const cells = Math.round(Math.sqrt(columns / features));
  const isImagenet = architecture.options.stem === 'imagenet';
  const size = imageSize ?? usualSize(architecture, { window, cells });
  const maps = size.map((length) => (length === null ? null : mapSide(architecture, length)));
  const fits = (candidate: Pool): boolean => columns === features * windowsIn(maps, candidate);
  const chosen = { imageSize: size, warnings: [] } as const;
  // if the columns are no multiple of the features, loading reports the classifier as misshapen
  const isMisshapen = columns % features !== 0;
  if (!isMisshapen && !(pool === undefined ? fits('global') || fits(window) : fits(pool))) {
    throw wrongSize(where, { columns, features, got: size, wanted: usualSize(architecture, { window, cells }) });
  }
  if (pool !== undefined) return { ...chosen, pool };
  const isWhole = maps.every((length) => length === window);
  if (poolsGlobally || isImagenet || isWhole || isMisshapen || !fits(window))
    return { ...chosen, pool: fits('global') || isMisshapen ? 'global' : window };
  if (!fits('global')) return { ...chosen, pool: window };
  const assumed = `averages ${window} x ${window} of the ${maps.join(' x ')} features, as published code does: pass pool: 'global' if yours averages all`;
  return { ...chosen, pool: window, warnings: [assumed] };
}

type Size = readonly [number | null, number | null];

/** 224 x 224 for ImageNet stems, else the size that gives `cells` windows per side, else 32 x 32. */
function usualSize(
  { options }: Architecture,
  { window, cells }: { readonly window: number; readonly cells: number },
): Size {
  if (options.stem === 'imagenet') return [IMAGENET_SIDE, IMAGENET_SIDE];
  const side = cells > 1 ? window * cells * 2 ** (options.widths.length - 1) : CIFAR_SIDE;
  return [side, side];
}

/** Averages per feature: the number of windows in the map; 0 if its size is not known. */
function windowsIn(maps: readonly (number | null)[], pool: Pool): number {
  return pool === 'global' ? 1 : maps.reduce((product: number, side) => product * Math.floor((side ?? 0) / pool), 1);
}

/** Channels of the last block. */
function featuresOf({ family, options }: Architecture): number {
  const last = options.widths.at(-1) ?? 0;
  if (family === 'wide-resnet' || family === 'dm-wide-resnet') return last * options.widen;
  return family === 'resnet' && options.block === 'bottleneck' ? 4 * last : last;
}

/** Side of the last feature map: halved, rounding up, by each stage except the first, and twice by an ImageNet stem. */
function mapSide({ family, options }: Architecture, length: number): number {
  const stages = options.widths.length;
  const halvings = stages - 1 + (family === 'resnet' && options.stem === 'imagenet' ? 2 : 0);
  let side = length;
  for (let i = 0; i < halvings; i++) side = Math.ceil(side / 2);
  return side;
}

type WrongSize = { readonly columns: number; readonly features: number; readonly got: Size; readonly wanted: Size };

function wrongSize(where: string, { columns, features, got, wanted }: WrongSize): CheckpointError {
  return new CheckpointError(
    `${where}: the classifier takes ${columns / features} averages per feature (its weights have ${columns} columns for ${features} features), but images of ${got.map((side) => side ?? 'any').join(' x ')} give another number. Pass imageSize: [${wanted.join(', ')}], the size of its images${columns === features ? ", or pool: 'global'" : ''}.`,
    { argument: 'imageSize', received: got },
  );
}
