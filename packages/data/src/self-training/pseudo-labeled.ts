import type { ImageDataset } from '../dataset/image-dataset.ts';

/** The origin of pseudo-labels, which every result made with them must state. Plain JSON. */
export type PseudoLabelProvenance = {
  /** SHA-256 of the classifier's weights and running statistics; null for a function without variables. */
  readonly modelDigest: string | null;
  /** SHA-256 of all examined images, in order. */
  readonly dataDigest: string;
  /** Name of the examined set. */
  readonly dataset: string;
  /** An image is kept if the softmax of its predicted class reaches this. */
  readonly confidence: number;
  /** Number of examined images. */
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
  /** The index of each in the examined set. */
  readonly indices: Int32Array;
  /** The softmax of each one's predicted class. */
  readonly confidences: Float32Array;
  readonly provenance: PseudoLabelProvenance;
};
