import { backend_util, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';

type Shape = [number, number, number, number];

/**
 * A convolution with pad 'same' and strides larger than the filter, with the explicit pads that tfjs computes. XNNPACK computes the padding in
 * unsigned integers and reads out of bounds where it would be negative.
 * @param original - The kernel of wasm.
 */
export function samePads(original: KernelConfig): KernelConfig {
  return {
    ...original,
    kernelFunc: (args) => {
      const { inputs, attrs = {} } = args;
      const filter = (inputs.filter as TensorInfo).shape;
      const [strides, dilations] = [attrs.strides as number | [number, number], (attrs.dilations as number) ?? 1];
      const largest = typeof strides === 'number' ? strides : Math.max(...strides);
      if (attrs.pad !== 'same' || largest <= Math.min(filter[0] ?? 1, filter[1] ?? 1)) return original.kernelFunc(args);
      const { padInfo } = backend_util.computeConv2DInfo(
        (inputs.x as TensorInfo).shape as Shape,
        filter as Shape,
        strides,
        dilations,
        'same',
      );
      const pad = [
        [0, 0],
        [padInfo.top, padInfo.bottom],
        [padInfo.left, padInfo.right],
        [0, 0],
      ] as unknown as number[];
      return original.kernelFunc({ ...args, attrs: { ...attrs, pad } });
    },
  };
}
