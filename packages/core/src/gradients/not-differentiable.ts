import type { GradConfig } from '@tensorflow/tfjs-core';

import { gradient } from './gradient.ts';
import { missingGradient } from './missing-gradient.ts';

/** Kernels whose output is not a continuous function of their inputs: comparisons, logic, indices, random draws and strings. */
const NOT_DIFFERENTIABLE = [
  ...['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'IsFinite', 'IsInf', 'IsNan'],
  ...['LogicalAnd', 'LogicalNot', 'LogicalOr', 'LogicalXor', 'BitwiseAnd', 'All', 'Any'],
  ...['ArgMax', 'ArgMin', 'LowerBound', 'UpperBound', 'SearchSorted', 'Unique', 'Multinomial'],
  ...['NonMaxSuppressionV3', 'NonMaxSuppressionV4', 'NonMaxSuppressionV5', 'SparseReshape'],
  ...['RaggedGather', 'RaggedRange', 'RaggedTensorToTensor', 'StaticRegexReplace', 'StringNGrams', 'StringSplit'],
  ...['StringToHashBucketFast', 'Draw'],
] as const;

/** Gradients that throw `MissingGradientError`. */
export const notDifferentiable: readonly GradConfig[] = NOT_DIFFERENTIABLE.map((name) =>
  gradient(name, {}, () => {
    throw missingGradient(name);
  }),
);
