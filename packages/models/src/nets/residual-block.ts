import type { SymbolicTensor } from '@tensorflow/tfjs-layers';

import type { LayerFactory } from './layer-factory.ts';

/** Adds one residual block to the graph. */
export type ResidualBlock = (make: LayerFactory, x: SymbolicTensor, options: ResidualBlockOptions) => SymbolicTensor;

type ResidualBlockOptions = {
  /** The block's path in the PyTorch module: `layer2.0`. */
  readonly path: string;
  /** Filters of the block's 3x3 convolutions. */
  readonly width: number;
  readonly stride: number;
};

/** Adds stages of blocks. The first block of a stage has the stage's stride, the others stride 1. */
export function stackBlocks(
  make: LayerFactory,
  images: SymbolicTensor,
  block: ResidualBlock,
  stages: readonly {
    readonly path: string;
    readonly width: number;
    readonly blocks: number;
    readonly stride: number;
  }[],
): SymbolicTensor {
  let x = images;
  for (const { path, width, blocks, stride } of stages) {
    for (let i = 0; i < blocks; i++) {
      x = block(make, x, { path: `${path}.${i}`, width, stride: i === 0 ? stride : 1 });
    }
  }
  return x;
}
