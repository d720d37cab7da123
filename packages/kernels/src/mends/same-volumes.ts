import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';

import type { Attrs, Mend } from '../mend.ts';

function triple(value: unknown): readonly number[] {
  if (Array.isArray(value)) return value;
  const size = typeof value === 'number' ? value : 1;
  return [size, size, size];
}

/**
 * The lengths of a volume [batch, depth, height, width, channels] that windows with pad 'same' cover; undefined if they cover all of it. Strides
 * larger than the filter may leave an end uncovered. tfjs-core then computes a negative pad, which shifts every window.
 */
function coveredShape(shape: readonly number[], filter: unknown, attrs: NamedAttrMap): number[] | undefined {
  if (attrs.pad !== 'same') return undefined;
  const [taps, strides, dilations] = [triple(filter), triple(attrs.strides), triple(attrs.dilations)];
  const lengths = shape.map((length, axis) => {
    if (axis === 0 || axis === 4) return length;
    const [tap = 1, stride = 1, dilation = 1] = [taps[axis - 1], strides[axis - 1], dilations[axis - 1]];
    return Math.min(length, (Math.ceil(length / stride) - 1) * stride + (tap - 1) * dilation + 1);
  });
  return lengths.every((length, axis) => length === shape[axis]) ? undefined : lengths;
}

const fromOrigin = (size: number[]): NamedAttrMap => ({ begin: [0, 0, 0, 0, 0], size });

/** `Conv3D`, `AvgPool3D`, `MaxPool3D` and the filter gradient, on the covered part of the volume. */
export const sameVolume: Mend = ({ inputs, attrs }, { original, run }) => {
  const x = inputs.x as TensorInfo;
  const filter = inputs.filter as TensorInfo | undefined;
  const size = coveredShape(x.shape, attrs.filterSize ?? attrs.filterShape ?? filter?.shape, attrs);
  return size && original({ ...inputs, x: run('Slice', { x }, fromOrigin(size)) }, attrs);
};

/** Attributes of `PadV2` that extend a gradient to the whole volume; it is 0 where no window covers the volume. */
const padded = (shape: readonly number[], size: readonly number[]): Attrs => ({
  paddings: shape.map((length, axis) => [0, length - (size[axis] ?? length)]),
  constantValue: 0,
});

/** Input gradients of pooling. */
export const sameVolumePoolGradient: Mend = ({ inputs, attrs }, { original, run, own }) => {
  const input = inputs.input as TensorInfo;
  const size = coveredShape(input.shape, attrs.filterSize, attrs);
  if (!size) return undefined;
  const part = own(original({ ...inputs, input: run('Slice', { x: input }, fromOrigin(size)) }, attrs));
  return run('PadV2', { x: part }, padded(input.shape, size));
};

/** Input gradient of a convolution. */
export const sameVolumeInputGradient: Mend = ({ inputs, attrs }, { original, run, own }) => {
  const shape = attrs.inputShape as number[];
  const size = coveredShape(shape, (inputs.filter as TensorInfo).shape, attrs);
  if (!size) return undefined;
  return run('PadV2', { x: own(original(inputs, { ...attrs, inputShape: size })) }, padded(shape, size));
};
