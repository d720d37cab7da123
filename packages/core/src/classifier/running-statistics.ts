import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

type Layer = LayersModel['layers'][number];

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

function stockBatchNormalizations(layer: Layer | LayersModel): Layer[] {
  if (layer.getClassName() === 'BatchNormalization') return [layer];
  const inner: unknown = Reflect.get(layer, 'layers') ?? Reflect.get(layer, 'layer');
  const children = Array.isArray(inner) ? inner : inner ? [inner] : [];
  return children.flatMap((child: Layer) => stockBatchNormalizations(child));
}
