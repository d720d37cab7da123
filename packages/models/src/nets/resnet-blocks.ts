import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';

import { channelsOf, connect } from './connect.ts';
import type { LayerFactory } from './layer-factory.ts';
import type { ResidualBlock } from './residual-block.ts';

/** Output channels of a bottleneck block, as a multiple of its width. */
const BOTTLENECK_EXPANSION = 4;

/** conv3x3, BN, ReLU, conv3x3, BN, + shortcut, ReLU (He et al. 2016, arXiv 1512.03385, figure 5 left). */
export const basicBlock: ResidualBlock = (make, x, { path, width, stride }) => {
  const conv1 = make.conv(`${path}.conv1`, width, 3, { stride });
  const bn1 = make.activated(`${path}.bn1`);
  const conv2 = make.conv(`${path}.conv2`, width, 3);
  const bn2 = make.activated(`${path}.bn2`);
  const shortcut = projection(make, x, { path, filters: width, stride });
  return connect([connect(x, conv1, ...bn1, conv2), shortcut], ...bn2);
};

/** conv1x1, BN, ReLU, conv3x3, BN, ReLU, conv1x1 to 4 x width, BN, + shortcut, ReLU (figure 5 right; the 3x3 convolution has the stride). */
export const bottleneckBlock: ResidualBlock = (make, x, { path, width, stride }) => {
  const filters = BOTTLENECK_EXPANSION * width;
  const inner: [layers.Layer, ...layers.Layer[]] = [
    make.conv(`${path}.conv1`, width, 1),
    ...make.activated(`${path}.bn1`),
    make.conv(`${path}.conv2`, width, 3, { stride }),
    ...make.activated(`${path}.bn2`),
    make.conv(`${path}.conv3`, filters, 1),
  ];
  const bn3 = make.activated(`${path}.bn3`);
  const shortcut = projection(make, x, { path, filters, stride });
  return connect([connect(x, ...inner), shortcut], ...bn3);
};

/** The shortcut: the identity if the shape does not change, else a strided 1x1 convolution and BN. */
function projection(
  make: LayerFactory,
  x: SymbolicTensor,
  { path, filters, stride }: { readonly path: string; readonly filters: number; readonly stride: number },
): SymbolicTensor {
  if (stride === 1 && channelsOf(x) === filters) return x;
  const conv = make.conv(`${path}.shortcut.0`, filters, 1, { stride });
  return connect(x, conv, make.batchNorm(`${path}.shortcut.1`));
}
