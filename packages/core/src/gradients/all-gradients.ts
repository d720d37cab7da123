import type { GradConfig } from '@tensorflow/tfjs-core';

import { binaryGradients } from './binary.ts';
import { complexGradients } from './complex-nodes.ts';
import { convolutionGradients } from './convolution.ts';
import { convolution3dGradients } from './convolution-3d.ts';
import { elementwiseGradients } from './elementwise.ts';
import { imageGradients } from './image.ts';
import { indexingGradients } from './indexing.ts';
import { matrixGradients } from './matrix.ts';
import { morphologyGradients } from './morphology.ts';
import { normalizationGradients } from './normalization.ts';
import { notDifferentiable } from './not-differentiable.ts';
import { poolingGradients } from './pooling.ts';
import { reductionGradients } from './reduction.ts';
import { resizingGradients } from './resizing.ts';
import { shapeGradients } from './shape.ts';
import { slicingGradients } from './slicing.ts';
import { sparseGradients } from './sparse.ts';

/** The gradient of every kernel of tfjs-core. Kernels that have none get a gradient that throws `MissingGradientError`. */
export const ALL_GRADIENTS: readonly GradConfig[] = [
  ...elementwiseGradients,
  ...binaryGradients,
  ...reductionGradients,
  ...matrixGradients,
  ...convolutionGradients,
  ...convolution3dGradients,
  ...morphologyGradients,
  ...poolingGradients,
  ...normalizationGradients,
  ...shapeGradients,
  ...slicingGradients,
  ...indexingGradients,
  ...resizingGradients,
  ...imageGradients,
  ...sparseGradients,
  ...complexGradients,
  ...notDifferentiable,
];
