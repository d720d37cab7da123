import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { DeferredBatchNormGradient } from '../deferred-batch-norm-gradient.ts';
import { DeferredConvolution } from '../deferred-convolution.ts';
import type { NativeBackend } from '../native-backend.ts';
import { kernel, type NativeKernel } from './native-kernel.ts';

type Activation = 'linear' | 'relu';
type Attrs = { readonly epsilon: number; readonly activation: Activation };

function isRelu(activation: Activation): 0 | 1 {
  if (activation !== 'linear' && activation !== 'relu') {
    throw new RangeError(
      `[@st/backend-native] batch norm: activation must be 'linear' or 'relu', got ${String(activation)}.`,
    );
  }
  return activation === 'relu' ? 1 : 0;
}

/** x [..., channels] as [rows, channels]. */
function rowsOf(x: TensorInfo): { rows: number; channels: number } {
  const channels = x.shape.at(-1) ?? 0;
  const rows = util.sizeFromShape(x.shape.slice(0, -1));
  if (x.shape.length < 2 || channels === 0 || rows === 0) {
    throw new RangeError(
      `[@st/backend-native] batch norm: x must be [..., channels] with at least one row, got [${x.shape}].`,
    );
  }
  return { rows, channels };
}

const optional = (backend: NativeBackend, x: TensorInfo | undefined): Float32Array | undefined =>
  x ? backend.floats(x) : undefined;

/**
 * y = act((x - mean) / sqrt(variance + epsilon) gamma + beta [+ residual]) with the statistics of the batch: [y, mean, variance].
 */
const batchStatistics = kernel<
  { readonly x: TensorInfo; readonly gamma: TensorInfo; readonly beta: TensorInfo; readonly residual?: TensorInfo },
  Attrs
>('StBatchNorm', ({ inputs: { x, gamma, beta, residual }, attrs: { epsilon, activation }, backend }) => {
  const { rows, channels } = rowsOf(x);
  const relu = isRelu(activation);
  const y = backend.output(x.shape);
  const mean = backend.output([channels]);
  const variance = backend.output([channels]);
  backend.addon.batchNorm(
    rows,
    channels,
    epsilon,
    relu,
    backend.floats(x),
    optional(backend, residual),
    backend.floats(gamma),
    backend.floats(beta),
    y.values,
    mean.values,
    variance.values,
  );
  return [y.info, mean.info, variance.info];
});

/** (x - mean) / sqrt(variance + epsilon) gamma + beta, as x scale + shift. */
function scaleAndShift(
  backend: NativeBackend,
  epsilon: number,
  parameters: Readonly<Record<'gamma' | 'beta' | 'mean' | 'variance', TensorInfo>>,
): { scale: Float32Array; shift: Float32Array } {
  const [gamma, beta] = [backend.readFloats(parameters.gamma), backend.readFloats(parameters.beta)];
  const [mean, variance] = [backend.readFloats(parameters.mean), backend.readFloats(parameters.variance)];
  const exact = Array.from(gamma, (value, c) => value / Math.sqrt((variance[c] ?? 0) + epsilon));
  return {
    scale: backend.auxiliary(exact),
    shift: backend.auxiliary(exact.map((factor, c) => (beta[c] ?? 0) - (mean[c] ?? 0) * factor)),
  };
}

/** The deferred convolution of a tensor, if it is one with `channels` output channels. */
function convolutionOf(backend: NativeBackend, x: TensorInfo, channels: number): DeferredConvolution | undefined {
  const deferred = backend.deferredOf(x);
  return deferred instanceof DeferredConvolution && deferred.channels === channels ? deferred : undefined;
}

/** y with given statistics. */
const inference = kernel<
  {
    readonly x: TensorInfo;
    readonly gamma: TensorInfo;
    readonly beta: TensorInfo;
    readonly mean: TensorInfo;
    readonly variance: TensorInfo;
    readonly residual?: TensorInfo;
  },
  Attrs
>('StBatchNormInference', ({ inputs, attrs: { epsilon, activation }, backend }) => {
  const { x, gamma, beta, mean, variance, residual } = inputs;
  if (x.shape.length > 1 && util.sizeFromShape(x.shape) === 0) return backend.output(x.shape).info;
  const { rows, channels } = rowsOf(x);
  const relu = isRelu(activation);
  const residualValues = optional(backend, residual);
  const convolution = convolutionOf(backend, x, channels);
  const fused = convolution?.withPostOps({
    ...scaleAndShift(backend, epsilon, { gamma, beta, mean, variance }),
    residual: residualValues,
    relu: relu === 1,
  });
  if (fused) return backend.deferred(x.shape, fused);
  const y = backend.output(x.shape);
  backend.addon.batchNormInference(
    rows,
    channels,
    epsilon,
    relu,
    backend.floats(x),
    residualValues,
    backend.floats(mean),
    backend.floats(variance),
    backend.floats(gamma),
    backend.floats(beta),
    y.values,
  );
  return y.info;
});

type GradientAttrs = Attrs & { readonly residual: boolean };

/** The gradient of the residual: dy where y > 0. Without ReLU it is dy itself and needs no memory of its own. */
function residualGradient(backend: NativeBackend, dy: TensorInfo, { residual, activation }: GradientAttrs) {
  const masked = residual && isRelu(activation) === 1 ? backend.output(dy.shape) : undefined;
  const infos = (): TensorInfo[] => (residual ? [masked?.info ?? backend.reshaped(dy, dy.shape)] : []);
  return { values: masked?.values, infos };
}

/** Gradient through the batch's statistics: [dx, dgamma, dbeta] and, with `residual`, dy where y > 0. */
const gradient = kernel<
  {
    readonly dy: TensorInfo;
    readonly x: TensorInfo;
    readonly y: TensorInfo;
    readonly mean: TensorInfo;
    readonly variance: TensorInfo;
    readonly gamma: TensorInfo;
    readonly beta: TensorInfo;
  },
  GradientAttrs
>('StBatchNormGrad', ({ inputs: { dy, x, y, mean, variance, gamma, beta }, attrs, backend }) => {
  const { rows, channels } = rowsOf(x);
  const relu = isRelu(attrs.activation);
  const dgamma = backend.output([channels]);
  const dbeta = backend.output([channels]);
  const gradients = backend.floats(dy);
  const inputs = backend.floats(x);
  // Without a residual, y is recomputed from x: a third less memory traffic.
  const outputs = relu && attrs.residual ? backend.floats(y) : undefined;
  const coefficients = backend.auxiliary(5 * channels);
  backend.addon.batchNormGradient(
    rows,
    channels,
    attrs.epsilon,
    relu,
    gradients,
    inputs,
    outputs,
    backend.floats(mean),
    backend.floats(variance),
    backend.floats(gamma),
    backend.floats(beta),
    dgamma.values,
    dbeta.values,
    coefficients,
  );
  const residual = residualGradient(backend, dy, attrs);
  const call = { rows, channels, dy: gradients, x: inputs, y: outputs, relu, coefficients };
  const deferred = residual.values ? undefined : DeferredBatchNormGradient.of(backend, call);
  if (deferred) return [backend.deferred(x.shape, deferred), dgamma.info, dbeta.info, ...residual.infos()];
  const dx = backend.output(x.shape);
  backend.addon.batchNormInputGradient(
    rows,
    channels,
    relu,
    gradients,
    inputs,
    outputs,
    undefined,
    coefficients,
    dx.values,
    residual.values,
  );
  return [dx.info, dgamma.info, dbeta.info, ...residual.infos()];
});

/** Gradient with given statistics: dx and, with `residual`, dy where y > 0. */
const inferenceGradient = kernel<
  { readonly dy: TensorInfo; readonly y: TensorInfo; readonly variance: TensorInfo; readonly gamma: TensorInfo },
  GradientAttrs
>('StBatchNormInferenceGrad', ({ inputs: { dy, y, variance, gamma }, attrs, backend }) => {
  const { rows, channels } = rowsOf(dy);
  const relu = isRelu(attrs.activation);
  // The gradient of a residual needs dy by itself, so dy cannot be fused.
  const convolution = attrs.residual ? undefined : convolutionOf(backend, dy, channels);
  if (convolution) {
    const [scales, variances] = [backend.readFloats(gamma), backend.readFloats(variance)];
    const scale = backend.auxiliary(scales.map((value, c) => value / Math.sqrt((variances[c] ?? 0) + attrs.epsilon)));
    const fused = convolution.withPostOps({ scale, mask: relu ? backend.floats(y) : undefined });
    if (fused) return [backend.deferred(dy.shape, fused)];
  }
  const dx = backend.output(dy.shape);
  const residual = residualGradient(backend, dy, attrs);
  backend.addon.batchNormInferenceGradient(
    rows,
    channels,
    attrs.epsilon,
    backend.floats(dy),
    relu ? backend.floats(y) : undefined,
    backend.floats(variance),
    backend.floats(gamma),
    dx.values,
    residual.values,
  );
  return [dx.info, ...residual.infos()];
});

/** Parameter gradients with given statistics: [dgamma, dbeta]. */
const inferenceParameterGradient = kernel<
  {
    readonly dy: TensorInfo;
    readonly x: TensorInfo;
    readonly y: TensorInfo;
    readonly mean: TensorInfo;
    readonly variance: TensorInfo;
  },
  Attrs
>('StBatchNormInferenceParameterGrad', ({ inputs: { dy, x, y, mean, variance }, attrs, backend }) => {
  const { rows, channels } = rowsOf(x);
  const relu = isRelu(attrs.activation);
  const dgamma = backend.output([channels]);
  const dbeta = backend.output([channels]);
  backend.addon.batchNormInferenceParameterGradient(
    rows,
    channels,
    attrs.epsilon,
    backend.floats(dy),
    backend.floats(x),
    relu ? backend.floats(y) : undefined,
    backend.floats(mean),
    backend.floats(variance),
    dgamma.values,
    dbeta.values,
  );
  return [dgamma.info, dbeta.info];
});

type TfjsInputs = {
  readonly x: TensorInfo;
  readonly mean: TensorInfo;
  readonly variance: TensorInfo;
  readonly scale?: TensorInfo;
  readonly offset?: TensorInfo;
};

/** tfjs's own batch norm, for statistics with one value per channel. */
const tfjsBatchNorm = kernel<TfjsInputs, { readonly varianceEpsilon: number }>(
  'FusedBatchNorm',
  ({ inputs: { x, mean, variance, scale, offset }, attrs: { varianceEpsilon }, backend }, inherited) => {
    const channels = x.shape.at(-1) ?? 0;
    const parts = [mean, variance, scale, offset].filter((part) => part !== undefined && part !== null);
    const fits = parts.every(
      (part) => part.shape.length === mean.shape.length && util.sizeFromShape(part.shape) === channels,
    );
    if (x.dtype !== 'float32' || x.shape.length < 2 || util.sizeFromShape(x.shape) === 0 || !fits) return inherited();
    const { rows } = rowsOf(x);
    const y = backend.output(x.shape);
    const gamma = scale ? backend.floats(scale) : backend.auxiliary(new Float32Array(channels).fill(1));
    const beta = offset ? backend.floats(offset) : backend.auxiliary(new Float32Array(channels));
    backend.addon.batchNormInference(
      rows,
      channels,
      varianceEpsilon ?? 0.001,
      0,
      backend.floats(x),
      undefined,
      backend.floats(mean),
      backend.floats(variance),
      gamma,
      beta,
      y.values,
    );
    return y.info;
  },
);

/** Batch normalization: the fused op of `@st/models`, its gradients, and tfjs's own op. */
export const batchNormKernels: readonly NativeKernel[] = [
  batchStatistics,
  inference,
  gradient,
  inferenceGradient,
  inferenceParameterGradient,
  tfjsBatchNorm,
];
