import { layers } from '@tensorflow/tfjs-layers';

import { channelsOf, connect } from './connect.ts';
import type { ResidualBlock } from './residual-block.ts';

/**
 * BN, ReLU, conv3x3, BN, ReLU, conv3x3, + shortcut. Where the shape changes, the shortcut is a 1x1 convolution of what the first ReLU
 * put out, else the block's input (He et al. 2016, arXiv 1603.05027; WideResNets are made of the same).
 * @param projection - The name of that convolution within the block: `shortcut.0`.
 */
export function preactBlock(projection: string): ResidualBlock {
  return (make, x, { path, width, stride }) => {
    const bn1 = make.batchNorm(`${path}.bn1`, 'relu');
    const conv1 = make.conv(`${path}.conv1`, width, 3, stride);
    const bn2 = make.batchNorm(`${path}.bn2`, 'relu');
    const conv2 = make.conv(`${path}.conv2`, width, 3);
    const activated = connect(x, bn1);
    const keeps = stride === 1 && channelsOf(x) === width;
    const shortcut = keeps ? x : connect(activated, make.conv(`${path}.${projection}`, width, 1, stride));
    return connect([connect(activated, conv1, bn2, conv2), shortcut], layers.add({ name: `${path}.add` }));
  };
}
