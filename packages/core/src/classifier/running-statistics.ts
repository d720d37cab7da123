import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import type { KeepsStatistics } from './classifier.ts';

type Layer = LayersModel['layers'][number];

const TELLS: keyof KeepsStatistics = 'keptStatistics';

/** The moving statistics that stock batch-normalisation layers write on every training call. */
export type RunningStatistics = {
  /** Runs `forward` and puts the statistics back bit for bit, also if it throws. */
  untouched<T extends tf.Tensor>(forward: () => T): T;
};

/** Finds the stock batch-normalisation layers of a model, nested models and wrappers included. */
export function runningStatisticsOf(model: LayersModel): RunningStatistics {
  const variables = stockBatchNormalizations(model).flatMap((layer) =>
    layer.nonTrainableWeights.map((weight) => weight.read() as tf.Variable),
  );
  if (variables.length === 0) return { untouched: (forward) => forward() };
  return {
    untouched: (forward) => {
      const saved = variables.map((variable) => tf.keep(tf.clone(variable)));
      try {
        return forward();
      } finally {
        variables.forEach((variable, i) => {
          const value = saved[i];
          if (value) variable.assign(value);
        });
        tf.dispose(saved);
      }
    },
  };
}

/** What share of themselves the running statistics keep in a tracking pass, for layers that tell: ours and stock ones. */
export function keptShares(model: LayersModel): ReadonlyMap<tf.Variable, number> {
  const shares = new Map<tf.Variable, number>();
  for (const layer of innerLayers(model)) {
    const share: unknown = Reflect.get(layer, isStock(layer) ? 'momentum' : TELLS);
    // a layer that is called twice moves its statistics twice in a pass
    if (typeof share !== 'number' || layer.inboundNodes.length !== 1) continue;
    // in a frozen layer scale and shift are among them; whatever stays as it is fits any share
    for (const weight of layer.nonTrainableWeights) shares.set(weight.read() as tf.Variable, share);
  }
  return shares;
}

function stockBatchNormalizations(model: LayersModel): Layer[] {
  return innerLayers(model).filter(isStock);
}

function isStock(layer: Layer): boolean {
  return layer.getClassName() === 'BatchNormalization';
}

/** The layers of a model, without those that only hold others: nested models and wrappers. */
function innerLayers(layer: Layer | LayersModel): Layer[] {
  const inner: unknown = Reflect.get(layer, 'layers') ?? Reflect.get(layer, 'layer');
  if (!inner) return [layer];
  return (Array.isArray(inner) ? inner : [inner]).flatMap((child: Layer) => innerLayers(child));
}
