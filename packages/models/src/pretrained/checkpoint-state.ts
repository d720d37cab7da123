import type { Checkpoint, SafetensorsSource } from '@st/core';

import { denseStrides, gatherStrided } from '../weights/gather-strided.ts';
import type { StateTensor, StateTensors } from '../weights/state-tensor.ts';
import { torchAxes, torchName } from '../weights/torch-layout.ts';

/** Where `@st/core` keeps in a checkpoint what belongs to the model. */
const PREFIXES = ['weights/', 'statistics/'] as const;

/** The model's tensors of a checkpoint that `fit` wrote, under PyTorch's names and in its layouts. */
export function checkpointState({ tensors }: Checkpoint): StateTensors {
  const state = new Map<string, StateTensor>();
  for (const [key, tensor] of tensors) {
    const prefix = PREFIXES.find((start) => key.startsWith(start));
    if (prefix && tensor.data instanceof Float32Array) {
      state.set(torchName(key.slice(prefix.length)), inTorchLayout(tensor, tensor.data));
    }
  }
  return state;
}

function inTorchLayout({ shape }: SafetensorsSource, data: Float32Array): StateTensor {
  const axes = torchAxes(shape.length);
  const dense = denseStrides(shape);
  const along = (sizes: readonly number[]): number[] => axes.map((axis) => sizes[axis] ?? 0);
  const view = { shape: along(shape), strides: along(dense), offset: 0 };
  return { dtype: 'F32', shape: view.shape, data: gatherStrided(data, view) };
}
