import { asClassifier, type Classifier, checkNumber } from '@st/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { checkModelOptions, type ModelFromStateDictOptions, recogniseModel } from './model-from-state-dict.ts';
import { readFileBytes } from './read-file.ts';
import { readWeights, type WeightsFormat } from './read-weights.ts';
import type { Recognised } from './recognised.ts';

const WHERE = '[@st/models] loadPretrained';

/** Files of two GiB and more do not fit one array everywhere; the largest published models are 1.5 GB. */
const MAX_BYTES = 2 ** 31 - 1;

/** What a file of weights does not tell, and the largest that is read. */
export type LoadPretrainedOptions = ModelFromStateDictOptions & {
  /** A larger file is refused before it is read. Default 2 GiB. */
  readonly maxBytes?: number;
};

/** A model that is ready to be evaluated, attacked or trained on. */
export type Pretrained = {
  /** From `[batch, height, width, channels]` in [0, 1] to logits; `dispose()` frees it. */
  readonly model: LayersModel;
  /** The same model, as attacks and evaluations take it. */
  readonly classifier: Classifier;
  /** What the file is and holds, what was assumed, and all of it in one `line`. */
  readonly recognised: Recognised & { readonly format: WeightsFormat };
};

/**
 * Loads a published model, or one of our own, from its file: PyTorch names, a safetensors file, or a checkpoint of `fit` (`last.safetensors`,
 * `best.safetensors`). The network is recognised by the names and shapes of its tensors, see `modelFromStateDict`.
 * @param file - A path (Node), the bytes, or a Blob (a file that the user of a browser chose).
 * @returns The model is the caller's.
 * @throws {DataFormatError} if the file cannot be read, is larger than `maxBytes`, damaged, or of no known format.
 * @throws {CheckpointError} if its tensors are of no known network, or do not fit together, by name.
 * @throws {InvalidArgumentError} for an option that cannot be meant.
 */
export async function loadPretrained(
  file: string | Uint8Array | Blob,
  options: LoadPretrainedOptions = {},
): Promise<Pretrained> {
  checkModelOptions(WHERE, options, ['maxBytes']);
  const maxBytes = checkNumber(WHERE, 'maxBytes', options.maxBytes ?? MAX_BYTES, { min: 1, integer: true });
  const { bytes, name } = await readFileBytes(WHERE, file, maxBytes);
  const { format, tensors } = readWeights(WHERE, bytes, name);
  const { model, recognised } = recogniseModel(`${WHERE}: ${name}`, tensors, options);
  const line = `${recognised.line.slice(0, -1)}; from ${FORMATS[format]}.`;
  return { model, classifier: asClassifier(model), recognised: { ...recognised, line, format } };
}

const FORMATS: Readonly<Record<WeightsFormat, string>> = {
  safetensors: 'a safetensors file',
  'st-checkpoint': 'a checkpoint of @st/core',
};
