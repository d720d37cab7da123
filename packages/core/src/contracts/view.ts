import type * as tf from '@tensorflow/tfjs-core';

/** One version of the images of a batch. */
export type View = 'natural' | 'adversarial' | 'collaborative';

/** Images of the views that a search found, each float32 `[batch, height, width, channels]`. */
export type ViewImages<V extends View = View> = { readonly [K in V]: tf.Tensor4D };

/** The input of the loss: labels and all views. `tf.dispose(examples)` frees them, but not the batch. */
export type Examples = {
  /** int32 `[batch]`. */
  readonly labels: tf.Tensor1D;
  /** The batch's soft labels, if it has any: float32 `[batch, classes]`. */
  readonly targets?: tf.Tensor2D;
  /** Natural images and the views that the search found. */
  readonly views: { readonly natural: tf.Tensor4D } & { readonly [K in View]?: tf.Tensor4D };
};
