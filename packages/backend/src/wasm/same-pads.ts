import { backend_util, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';

type Shape = [number, number, number, number];

/**
 * A convolution with pad 'same' whose strides are above its filter, with the pads that tfjs computes: XNNPACK computes them as unsigned numbers,
 * and reads outside of the image where they would be negative.
 * @param original - wasm's own kernel.
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
