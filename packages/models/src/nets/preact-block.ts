import { layers } from '@tensorflow/tfjs-layers';

import { channelsOf, connect } from './connect.ts';
import type { ResidualBlock } from './residual-block.ts';

/** The input of a shortcut's 1x1 convolution: the output of the block's first activation, or the block's input. */
export type ProjectionInput = 'activated' | 'input';

export const PROJECTION_INPUTS: readonly ProjectionInput[] = ['activated', 'input'];

/**
 * BN, activation, conv3x3, BN, activation, conv3x3, + shortcut. The shortcut is a 1x1 convolution where the shape changes, else the block's
 * input (He et al. 2016, arXiv 1603.05027). WideResNets use the same block.
 * @param projection - The name of the 1x1 convolution within the block: `shortcut.0`.
 */
export function preactBlock(projection: string, takes: ProjectionInput = 'activated'): ResidualBlock {
  return (make, x, { path, width, stride }) => {
    const bn1 = make.activated(`${path}.bn1`);
    const conv1 = make.conv(`${path}.conv1`, width, 3, { stride });
    const bn2 = make.activated(`${path}.bn2`);
    const conv2 = make.conv(`${path}.conv2`, width, 3);
    const activated = connect(x, ...bn1);
    const keeps = stride === 1 && channelsOf(x) === width;
    const source = takes === 'activated' ? activated : x;
    const shortcut = keeps ? x : connect(source, make.conv(`${path}.${projection}`, width, 1, { stride }));
    return connect([connect(activated, conv1, ...bn2, conv2), shortcut], layers.add({ name: `${path}.add` }));
  };
}
