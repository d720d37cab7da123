import { type TensorInfo, util } from '@tensorflow/tfjs-core';
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

/** x [..., channels] as rows of channels. */
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

/** y = act((x - mean) / sqrt(variance + epsilon) gamma + beta [+ residual]) with the batch's own statistics: [y, mean, variance]. */
const training = kernel<
  { readonly x: TensorInfo; readonly gamma: TensorInfo; readonly beta: TensorInfo; readonly residual?: TensorInfo },
  Attrs
>('StBatchNorm', ({ inputs: { x, gamma, beta, residual }, attrs: { epsilon, activation }, backend }) => {
  const { rows, channels } = rowsOf(x);
  const relu = isRelu(activation);
  const y = backend.output(x.shape);
  const mean = backend.output([channels]);
  const variance = backend.output([channels]);
  backend.addon.batchNorm(
    ...([rows, channels, epsilon, relu, backend.floats(x), backend.floats(gamma), backend.floats(beta)] as const),
    ...([optional(backend, residual), y.values, mean.values, variance.values] as const),
  );
  return [y.info, mean.info, variance.info];
});

/** The same with given statistics: y. */
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
  const { rows, channels } = rowsOf(x);
  const relu = isRelu(activation);
  const y = backend.output(x.shape);
  backend.addon.batchNormInference(
    ...([rows, channels, epsilon, relu, backend.floats(x), backend.floats(gamma), backend.floats(beta)] as const),
    ...([backend.floats(mean), backend.floats(variance), optional(backend, residual), y.values] as const),
  );
  return y.info;
});

type GradientInputs = {
  readonly dy: TensorInfo;
  readonly x: TensorInfo;
  readonly y: TensorInfo;
  readonly mean: TensorInfo;
  readonly variance: TensorInfo;
  readonly gamma: TensorInfo;
};

/** [dx, dgamma, dbeta] and, with `residual`, dy where y > 0. */
const gradient = (name: 'StBatchNormGrad' | 'StBatchNormInferenceGrad'): NativeKernel =>
  kernel<GradientInputs, Attrs & { readonly residual: boolean }>(name, ({ inputs, attrs, backend }) => {
    const { dy, x, y, mean, variance, gamma } = inputs;
    const { rows, channels } = rowsOf(x);
    const relu = isRelu(attrs.activation);
    const dx = backend.output(x.shape);
    const dgamma = backend.output([channels]);
    const dbeta = backend.output([channels]);
    const masked = attrs.residual && relu ? backend.output(x.shape) : undefined;
    const batchStatistics = name === 'StBatchNormGrad' ? 1 : 0;
    backend.addon.batchNormGradient(
      ...([rows, channels, attrs.epsilon, batchStatistics, backend.floats(dy), backend.floats(x)] as const),
      ...([relu ? backend.floats(y) : undefined, backend.floats(mean), backend.floats(variance)] as const),
      ...([backend.floats(gamma), dx.values, dgamma.values, dbeta.values, masked?.values] as const),
    );
    const results = [dx.info, dgamma.info, dbeta.info];
    // Without ReLU nothing is masked: the residual's gradient is dy itself.
    return attrs.residual ? [...results, masked?.info ?? backend.reshaped(dy, dy.shape)] : results;
  });

type StockInputs = {
  readonly x: TensorInfo;
  readonly mean: TensorInfo;
  readonly variance: TensorInfo;
  readonly scale?: TensorInfo;
  readonly offset?: TensorInfo;
};

/** tfjs's own batch norm, where the statistics are one value a channel. */
const stock = kernel<StockInputs, { readonly varianceEpsilon: number }>(
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
    const ones = scale ? backend.floats(scale) : new Float32Array(channels).fill(1);
    const zeros = offset ? backend.floats(offset) : new Float32Array(channels);
    backend.addon.batchNormInference(
      ...([rows, channels, varianceEpsilon ?? 0.001, 0, backend.floats(x), ones, zeros] as const),
      ...([backend.floats(mean), backend.floats(variance), undefined, y.values] as const),
    );
    return y.info;
  },
);

/** Batch normalisation: the fused op of `@st/core`, its gradients, and tfjs's own. */
export const batchNormKernels: readonly NativeKernel[] = [
  training,
  inference,
  gradient('StBatchNormGrad'),
  gradient('StBatchNormInferenceGrad'),
  stock,
];
