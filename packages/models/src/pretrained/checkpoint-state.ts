import { CheckpointError } from '@st/core';
import type { Checkpoint, SafetensorsSource } from '@st/core/kit';

import { denseStrides, gatherStrided } from '../weights/gather-strided.ts';
import type { StateTensor, StateTensors } from '../weights/state-tensor.ts';
import { torchAxes, torchName } from '../weights/torch-layout.ts';

/** Name prefixes of the model's tensors in a checkpoint of `@st/core`. */
const SECTIONS = { raw: '', averaged: 'average/' } as const;

type Weights = keyof typeof SECTIONS;

/** Weights of a checkpoint: which ones, and which others it holds. */
export type CheckpointState = {
  readonly tensors: StateTensors;
  readonly at: Weights;
  readonly others: readonly Weights[];
};

/**
 * Returns the model's tensors of a checkpoint that `fit` wrote, under PyTorch's names and in its layouts.
 * @param at - `'raw'` or `'averaged'`. Default: averaged if present, because the run's scores are then those of the averaged weights.
 * @throws {CheckpointError} for another word, or if the averaged weights are missing or have no running statistics yet.
 */
export function checkpointState(where: string, { tensors, run }: Checkpoint, at?: string): CheckpointState {
  const averages = (run.average?.updates ?? 0) > 0;
  const present: readonly Weights[] = averages ? ['averaged', 'raw'] : ['raw'];
  const chosen = present.find((weights) => weights === (at ?? present[0]));
  if (!chosen) {
    throw new CheckpointError(
      `${where}: must hold weights at '${at}', but holds ${present.map((weights) => `'${weights}'`).join(' and ')}.`,
      { argument: 'at', received: at },
    );
  }
  const state = sectionState(tensors, SECTIONS[chosen]);
  if (chosen === 'averaged' && ![...state.keys()].some((name) => name.endsWith('.running_mean'))) {
    throw new CheckpointError(
      `${where}: the averaged weights have no running statistics, and those of the raw weights do not fit them. Take the best checkpoint, finish the run, or pass at: 'raw'.`,
      { argument: 'at', received: at },
    );
  }
  return { tensors: state, at: chosen, others: present.filter((weights) => weights !== chosen) };
}

function sectionState(tensors: Checkpoint['tensors'], section: string): StateTensors {
  const prefixes = [`${section}weights/`, `${section}statistics/`];
  const state = new Map<string, StateTensor>();
  for (const [key, tensor] of tensors) {
    const prefix = prefixes.find((start) => key.startsWith(start));
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
