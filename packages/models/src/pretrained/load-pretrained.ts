import { asClassifier, type Classifier } from '@st/core';
import { checkNumber } from '@st/core/kit';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { MAX_FILE_BYTES } from '../pytorch/read-pytorch.ts';
import { checkModelOptions, type ModelFromStateDictOptions, recognizeModel } from './model-from-state-dict.ts';
import { readFileBytes } from './read-file.ts';
import { readWeights, type WeightsFile, type WeightsFormat } from './read-weights.ts';
import type { Recognized } from './recognized.ts';

const WHERE = '[@st/models] loadPretrained';

/** What a file of weights does not tell, and the largest that is read. */
export type LoadPretrainedOptions = ModelFromStateDictOptions & {
  /** A larger file is refused before it is read. Default 2 GiB. */
  readonly maxBytes?: number;
  /**
   * Where the weights lie in a checkpoint that holds several. Of PyTorch's, the keys that lead there: `'ema.state_dict'`; default: the
   * likeliest by its name, `state_dict` first. Of ours, `'raw'` or `'averaged'`; default: averaged if there are some.
   */
  readonly at?: string;
};

/** A model that is ready to be evaluated, attacked or trained on. */
export type Pretrained = {
  /** From `[batch, height, width, channels]` in [0, 1] to logits; `dispose()` frees it. */
  readonly model: LayersModel;
  /** The same model, as attacks and evaluations take it. */
  readonly classifier: Classifier;
  /** What the file is and holds, what was assumed, and all of it in one `line`. */
  readonly recognized: Recognized & Pick<WeightsFile, 'format' | 'at' | 'others' | 'skipped'>;
};

/**
 * Loads a published model, or one of our own, from its file: PyTorch's `.pt` and `.pth`, nothing of which is run
 * (see `readPytorch`; what is no tensor beside the weights is skipped and listed), safetensors, or a checkpoint of `fit` (`last.safetensors`,
 * `best.safetensors`). The network is recognised by the names and shapes of its tensors, see `modelFromStateDict`.
 * @param file - A path (Node), the bytes, or a Blob (a file that the user of a browser chose).
 * @returns The model is the caller's.
 * @throws {DataFormatError} if the file cannot be read, is larger than `maxBytes`, damaged, of no known format, or names code.
 * @throws {CheckpointError} if its tensors are of no known network, or do not fit together, by name.
 * @throws {InvalidArgumentError} for an option that cannot be meant.
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
    ...(skipped.length > 0 ? [`skipped, as it is no tensor: ${shownList(skipped)}`] : []),
  ];
  const line = `${recognized.line.slice(0, -1)}; ${source.join('; ')}.`;
  return { model, classifier: asClassifier(model), recognized: { ...recognized, line, format, at, others, skipped } };
}

/** Of a long list the first. */
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
