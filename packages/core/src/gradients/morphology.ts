import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';

import { gradient, run } from './gradient.ts';

/** tf.dilation2d: the maximum over a window of x + filter. If entries tie, one of them gets the gradient. */
export const morphologyGradients: readonly GradConfig[] = [
  gradient('Dilation2D', { inputs: ['x', 'filter'] }, (dy, saved, attrs) => {
    const [x, filter] = saved as [Tensor, Tensor];
    return {
      x: () => run('Dilation2DBackpropInput', { x, filter, dy }, attrs),
      filter: () => run('Dilation2DBackpropFilter', { x, filter, dy }, attrs),
    };
  }),
];
