import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';

import type { Mend, Tools } from '../mend.ts';

const TO_LAST = [0, 2, 3, 1];
const TO_FIRST = [0, 3, 1, 2];

/** The attributes of a call, converted to NHWC: explicit pads and shapes list the axes in the order of the layout. */
function channelsLast(attrs: NamedAttrMap): NamedAttrMap {
  const moved: NamedAttrMap = { ...attrs, dataFormat: 'NHWC' };
  for (const name of ['pad', 'inputShape']) {
    const list = attrs[name];
    if (Array.isArray(list)) moved[name] = TO_LAST.map((axis) => list[axis]) as number[];
  }
  return moved;
}

/** Slopes of PReLU, [channels, height, width] or [1, channels, height, width], with the channels moved last. */
function movedSlopes(slopes: TensorInfo, { run }: Tools): TensorInfo {
  if (slopes.shape.length === 4) return run('Transpose', { x: slopes }, { perm: TO_LAST });
  return slopes.shape.length === 3 ? run('Transpose', { x: slopes }, { perm: [1, 2, 0] }) : slopes;
}

/** Images, gradients and slopes transposed to NHWC. */
function moved(inputs: NamedTensorInfoMap, tools: Tools): NamedTensorInfoMap {
  const images: NamedTensorInfoMap = {};
  for (const name of ['x', 'dy']) {
    const x = inputs[name] as TensorInfo | undefined;
    if (x) images[name] = tools.run('Transpose', { x }, { perm: TO_LAST });
  }
  const slopes = inputs.preluActivationWeights as TensorInfo | undefined;
  return { ...inputs, ...images, ...(slopes && { preluActivationWeights: movedSlopes(slopes, tools) }) };
}

/** NCHW calls of a kernel that supports only NHWC, or reads NCHW as NHWC. */
export const channelsFirst: Mend = ({ inputs, attrs }, tools) => {
  if (attrs.dataFormat !== 'NCHW') return undefined;
  const y = tools.own(tools.original(moved(inputs, tools), channelsLast(attrs)));
  return tools.run('Transpose', { x: y }, { perm: TO_FIRST });
};

/** The filter gradient of a convolution of NCHW images; the filter has the same layout in both. */
export const channelsFirstFilter: Mend = ({ inputs, attrs }, tools) =>
  attrs.dataFormat === 'NCHW' ? tools.original(moved(inputs, tools), channelsLast(attrs)) : undefined;
