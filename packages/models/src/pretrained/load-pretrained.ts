import { asClassifier, type Classifier } from '@st/core';
import { checkNumber } from '@st/core/kit';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { MAX_FILE_BYTES } from '../pytorch/read-pytorch.ts';
import { checkModelOptions, type ModelFromStateDictOptions, recognizeModel } from './model-from-state-dict.ts';
import { readFileBytes } from './read-file.ts';
import { readWeights, type WeightsFile, type WeightsFormat } from './read-weights.ts';
import type { Recognized } from './recognized.ts';

const WHERE = '[@st/models] loadPretrained';

/** What cannot be read from a file of weights, and the maximum file size. */
export type LoadPretrainedOptions = ModelFromStateDictOptions & {
  /** A larger file is refused before it is read. In bytes. Default 2 GiB. */
  readonly maxBytes?: number;
  /**
   * Which weights to load from a checkpoint that holds several. For PyTorch files their keys, joined by dots: `'ema.state_dict'`; default: the
   * most common name, `state_dict` first. For checkpoints of `fit` `'raw'` or `'averaged'`; default: averaged if present.
   */
  readonly at?: string;
};

/** A model that is ready to be evaluated, attacked or trained further. */
export type Pretrained = {
  /** From `[batch, height, width, channels]` in [0, 1] to logits; `dispose()` frees it. */
  readonly model: LayersModel;
  /** The model as a classifier for attacks and evaluations. */
  readonly classifier: Classifier;
  /** The file's format and contents, the assumptions made, and a summary in one `line`. */
  readonly recognized: Recognized & Pick<WeightsFile, 'format' | 'at' | 'others' | 'skipped'>;
};

/**
 * Loads a model from a file of weights: PyTorch's `.pt` and `.pth` (no code in them is run, see `readPytorch`; values among the weights that
 * are not tensors are skipped and listed), safetensors, or a checkpoint of `fit` (`last.safetensors`, `best.safetensors`). The network is
 * recognized by the names and shapes of its tensors, see `modelFromStateDict`.
 * @param file - A path (Node), the bytes, or a Blob (a file chosen in a browser).
 * @returns The model, which the caller disposes, its classifier, and what was recognized.
 * @throws {DataFormatError} if the file cannot be read, is larger than `maxBytes`, damaged, of no known format, or calls functions that
 *   weights do not need.
 * @throws {CheckpointError} if its tensors are of no known network, or do not fit together, by name.
 * @throws {InvalidArgumentError} for an invalid option.
 */
export async function loadPretrained(
  file: string | Uint8Array | Blob,
  options: LoadPretrainedOptions = {},
): Promise<Pretrained> {
  checkModelOptions(WHERE, options, ['maxBytes', 'at']);
  const maxBytes = checkNumber(WHERE, 'maxBytes', options.maxBytes ?? MAX_FILE_BYTES, { min: 1, integer: true });
  const { bytes, name } = await readFileBytes(WHERE, file, maxBytes);
  const { format, tensors, at, others, skipped } = readWeights(WHERE, bytes, { name, maxBytes, at: options.at });
  const { model, recognized } = recognizeModel(`${WHERE}: ${name}`, tensors, options, format === 'st-checkpoint');
  const source = [
    `from ${at ? `'${at}' of ` : ''}${FORMATS[format]}`,
    ...others.map((other) => `there is also '${other}'`),
    ...(skipped.length > 0 ? [`skipped, not a tensor: ${shownList(skipped)}`] : []),
  ];
  const line = `${recognized.line.slice(0, -1)}; ${source.join('; ')}.`;
  return { model, classifier: asClassifier(model), recognized: { ...recognized, line, format, at, others, skipped } };
}

/** The first items of a list, and how many more there are. */
function shownList(items: readonly string[]): string {
  const more = items.length > SKIPPED_SHOWN ? ` and ${items.length - SKIPPED_SHOWN} more` : '';
  return `${items.slice(0, SKIPPED_SHOWN).join(', ')}${more}`;
}

const SKIPPED_SHOWN = 6;

const FORMATS: Readonly<Record<WeightsFormat, string>> = {
  'pytorch-zip': 'a zip file of PyTorch',
  'pytorch-legacy': 'a legacy file of PyTorch',
  safetensors: 'a safetensors file',
  'st-checkpoint': 'a checkpoint of @st/core',
};
