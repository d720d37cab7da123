import * as tf from '@tensorflow/tfjs-core';

import { columnMean } from './column-mean.ts';

type KernelParameters = Parameters<tf.KernelFunc>[0];

/** Kernel `StBatchNorm`, composed of ops: `[y, mean, variance]`; the variance is biased and takes a second pass over the data. */
export function composedBatchNorm({ inputs, attrs }: KernelParameters): tf.Tensor[] {
  return tf.tidy(() => {
    const x = inputs.x as tf.Tensor;
    const mean = columnMean(x);
    const centered = tf.sub(x, mean);
    const variance = columnMean(tf.square(centered));
    const scaled = tf.mul(centered, tf.mul(inputs.gamma as tf.Tensor, inverseDeviation(variance, attrs)));
    const y = finish(tf.add(scaled, inputs.beta as tf.Tensor), inputs.residual as tf.Tensor | undefined, attrs);
    return [y, mean, variance];
  });
}

/**
 * Kernel `StBatchNormGrad`: the closed form, with g = dy masked by the activation and n = x - mean,
 * dx = gamma / s * (g - E[g] - n * E[g n] / s^2) where s^2 = variance + epsilon.
 */
export function composedBatchNormGrad({ inputs, attrs }: KernelParameters): tf.Tensor[] {
  return tf.tidy(() => {
    const x = inputs.x as tf.Tensor;
    const gamma = inputs.gamma as tf.Tensor1D;
    const masked = maskedGradient(inputs, attrs);
    const centered = tf.sub(x, inputs.mean as tf.Tensor);
    const inverse = inverseDeviation(inputs.variance as tf.Tensor, attrs);
    const { meanGradient, meanProduct, dgamma, dbeta } = parameterGradients(masked, centered, inverse, gamma.size);
    const alongX = tf.mul(centered, tf.mul(meanProduct, tf.square(inverse)));
    const dx = tf.mul(tf.sub(tf.sub(masked, meanGradient), alongX), tf.mul(gamma, inverse));
    return attrs?.residual ? [dx, dgamma, dbeta, masked] : [dx, dgamma, dbeta];
  });
}

/** Kernel `StBatchNormInference`, composed of ops: with given statistics, y is an affine function of x. */
export function composedBatchNormInference({ inputs, attrs }: KernelParameters): tf.Tensor {
  return tf.tidy(() => {
    const scale = tf.mul(inputs.gamma as tf.Tensor, inverseDeviation(inputs.variance as tf.Tensor, attrs));
    const shift = tf.sub(inputs.beta as tf.Tensor, tf.mul(inputs.mean as tf.Tensor, scale));
    const y = tf.add(tf.mul(inputs.x as tf.Tensor, scale), shift);
    return finish(y, inputs.residual as tf.Tensor | undefined, attrs);
  });
}

/** Kernel `StBatchNormInferenceGrad`: dx = g * gamma / s, because the statistics do not depend on x. */
export function composedBatchNormInferenceGrad({ inputs, attrs }: KernelParameters): tf.Tensor[] {
  return tf.tidy(() => {
    const masked = maskedGradient(inputs, attrs);
    const scale = tf.mul(inputs.gamma as tf.Tensor, inverseDeviation(inputs.variance as tf.Tensor, attrs));
    const dx = tf.mul(masked, scale);
    return attrs?.residual ? [dx, masked] : [dx];
  });
}

/** Kernel `StBatchNormInferenceParameterGrad`: dgamma = sum g n / s and dbeta = sum g. */
export function composedBatchNormInferenceParameterGrad({ inputs, attrs }: KernelParameters): tf.Tensor[] {
  return tf.tidy(() => {
    const masked = maskedGradient(inputs, attrs);
    const centered = tf.sub(inputs.x as tf.Tensor, inputs.mean as tf.Tensor);
    const inverse = inverseDeviation(inputs.variance as tf.Tensor, attrs);
    const { dgamma, dbeta } = parameterGradients(masked, centered, inverse, inverse.size);
    return [dgamma, dbeta];
  });
}

function inverseDeviation(variance: tf.Tensor, attrs: KernelParameters['attrs']): tf.Tensor {
  return tf.rsqrt(tf.add(variance, Number(attrs?.epsilon)));
}

function finish(y: tf.Tensor, residual: tf.Tensor | undefined, attrs: KernelParameters['attrs']): tf.Tensor {
  const sum = residual ? tf.add(y, residual) : y;
  return attrs?.activation === 'relu' ? tf.relu(sum) : sum;
}

/** Always a new tensor, because back-propagation may dispose it independently of dy. */
function maskedGradient(inputs: KernelParameters['inputs'], attrs: KernelParameters['attrs']): tf.Tensor {
  const dy = inputs.dy as tf.Tensor;
  return attrs?.activation === 'relu' ? tf.mul(dy, tf.step(inputs.y as tf.Tensor)) : tf.clone(dy);
}

function parameterGradients(masked: tf.Tensor, centered: tf.Tensor, inverse: tf.Tensor, channels: number) {
  const count = masked.size / channels;
  const meanGradient = columnMean(masked);
  const meanProduct = columnMean(tf.mul(masked, centered));
  const dgamma = tf.mul(tf.mul(meanProduct, inverse), count);
  return { meanGradient, meanProduct, dgamma, dbeta: tf.mul(meanGradient, count) };
}
