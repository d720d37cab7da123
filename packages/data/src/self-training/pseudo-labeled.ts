import type { ImageDataset } from '../dataset/image-dataset.ts';

/** Where pseudo-labels came from: what a result made with them must name. Plain JSON. */
export type PseudoLabelProvenance = {
  /** SHA-256 of the classifier's weights and running statistics; null for a function without variables. */
  readonly modelDigest: string | null;
  /** SHA-256 of all images that were looked at, in order. */
  readonly dataDigest: string;
  /** Name of the set that was looked at. */
  readonly dataset: string;
  /** An image is kept if the softmax of its predicted class reaches this. */
  readonly confidence: number;
  /** Images that were looked at. */
  readonly examined: number;
  /** Images that were kept. */
  readonly kept: number;
  /** Images kept of each predicted class. */
  readonly perClass: readonly number[];
};

/** Images with the classes that a classifier predicted for them. */
export type PseudoLabeled = {
  /** The images that were kept; their labels are the predictions. */
  readonly dataset: ImageDataset;
  /** Where each lies in the set that was looked at. */
  readonly indices: Int32Array;
  /** The softmax of each one's predicted class. */
  readonly confidences: Float32Array;
  readonly provenance: PseudoLabelProvenance;
};
