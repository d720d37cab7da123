import type { NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';

import type { Attrs, Mend } from '../mend.ts';

function triple(value: unknown): readonly number[] {
  if (Array.isArray(value)) return value;
  const size = typeof value === 'number' ? value : 1;
  return [size, size, size];
}

/**
 * How much of each axis of a volume [batch, depth, height, width, channels] windows with pad 'same' reach, where strides are above the filter:
 * undefined if they reach all of it. tfjs-core pads such an axis by a negative number, which moves every window.
 */
function reached(shape: readonly number[], filter: unknown, attrs: NamedAttrMap): number[] | undefined {
  if (attrs.pad !== 'same') return undefined;
  const [taps, strides, dilations] = [triple(filter), triple(attrs.strides), triple(attrs.dilations)];
  const lengths = shape.map((length, axis) => {
    if (axis === 0 || axis === 4) return length;
    const [tap = 1, stride = 1, dilation = 1] = [taps[axis - 1], strides[axis - 1], dilations[axis - 1]];
    return Math.min(length, (Math.ceil(length / stride) - 1) * stride + (tap - 1) * dilation + 1);
  });
  return lengths.every((length, axis) => length === shape[axis]) ? undefined : lengths;
}

const whole = (size: number[]): NamedAttrMap => ({ begin: [0, 0, 0, 0, 0], size });

/** `Conv3D`, `AvgPool3D`, `MaxPool3D` and the filter gradient: on the part of the volume that windows reach. */
export const sameVolume: Mend = ({ inputs, attrs }, { original, run }) => {
  const x = inputs.x as TensorInfo;
  const filter = inputs.filter as TensorInfo | undefined;
  const size = reached(x.shape, attrs.filterSize ?? attrs.filterShape ?? filter?.shape, attrs);
  return size && original({ ...inputs, x: run('Slice', { x }, whole(size)) }, attrs);
};

/** The gradient at what no window reaches is 0. */
const padded = (shape: readonly number[], size: readonly number[]): Attrs => ({
  paddings: shape.map((length, axis) => [0, length - (size[axis] ?? length)]),
  constantValue: 0,
});

/** The gradients of pooling at the volume. */
export const sameVolumePoolGradient: Mend = ({ inputs, attrs }, { original, run, own }) => {
  const input = inputs.input as TensorInfo;
  const size = reached(input.shape, attrs.filterSize, attrs);
  if (!size) return undefined;
  const part = own(original({ ...inputs, input: run('Slice', { x: input }, whole(size)) }, attrs));
  return run('PadV2', { x: part }, padded(input.shape, size));
};

/** The gradient of a convolution at the volume. */
export const sameVolumeInputGradient: Mend = ({ inputs, attrs }, { original, run, own }) => {
  const shape = attrs.inputShape as number[];
  const size = reached(shape, (inputs.filter as TensorInfo).shape, attrs);
  if (!size) return undefined;
  return run('PadV2', { x: own(original(inputs, { ...attrs, inputShape: size })) }, padded(shape, size));
};
