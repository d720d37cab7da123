import { checkKind } from '../errors/check-kind.ts';
import { checkObject, type Where } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { CheckpointError, DataFormatError, InvalidArgumentError } from '../errors/errors.ts';
import { readJson } from '../json/read-json.ts';
import type { RngState } from '../rng.ts';
import type { SafetensorsTensor } from '../safetensors/safetensors.ts';
import { readSafetensors } from '../safetensors/safetensors-read.ts';
import { checkSource, type SafetensorsSource, writeSafetensors } from '../safetensors/safetensors-write.ts';
import { crc32 } from './crc32.ts';
import { type JsonObject, jsonText } from './json.ts';

const ENCODE: Where = '[@st/core] encodeCheckpoint';
const FORMAT = 'st-checkpoint';
const VERSION = '1';

/** The best evaluation of a run. */
export type BestScore = { readonly score: number; readonly epoch: number; readonly step?: number };

/** Why a run ended before its last step: no improvement for too long, or catastrophic overfitting. */
export type StopReason = 'stopped-early' | 'catastrophic-overfitting';

const STOP_REASONS: readonly unknown[] = ['stopped-early', 'catastrophic-overfitting'] satisfies StopReason[];

/** The position of a run and its settings. Plain JSON. */
export type RunState = {
  /** The current epoch, from 1. */
  readonly epoch: number;
  /** Steps taken in this epoch. If all are taken, the evaluation of the epoch is still to be done. */
  readonly step: number;
  /** Number of updates by the optimizer. */
  readonly optimizerSteps: number;
  /** Best score on the validation set, its epoch, and the total steps taken then. */
  readonly best: BestScore | null;
  /** Steps taken at the last evaluation; 0 before. */
  readonly evaluated?: number;
  /** Evaluations since the best. */
  readonly sinceBest?: number;
  /** Why the run ended before its last step; null if it did not. */
  readonly stopped?: StopReason | null;
  /** Steps taken at the last check that found no catastrophic overfitting; null before the first. */
  readonly lastGood?: number | null;
  /** Number of weights in the average, in a run with averaging. */
  readonly average?: { readonly updates: number };
  /** The stream from which all shuffles, augmentations and noise of the run are split. */
  readonly rng: RngState;
  /** Each loss term, summed over the images of this epoch for which it was computed, with their number: an objective may change its terms during an epoch. */
  readonly losses: { readonly [term: string]: { readonly images: number; readonly sum: number } };
  /** The back end of the run; on another one a resumed run is not bit-identical. */
  readonly backend: string;
  /** The settings of `fit` that affect the result. */
  readonly settings: JsonObject;
  /** The user's own configuration. */
  readonly config: JsonObject;
};

/** The complete state of a run, from which it resumes as if it had not been stopped. */
export type Checkpoint = {
  /**
   * `weights/<name>`, `statistics/<name>`, `optimizer/<slot>/<name>`; averaged weights: `average/weights/<name>` and `average/statistics/<name>`; tensors
   * that the objective carries: `carried/<name>`; the state to roll back to: `lastGood/weights/<name>` and so on.
   */
  readonly tensors: ReadonlyMap<string, SafetensorsSource>;
  readonly run: RunState;
};

/**
 * Encodes a checkpoint as one safetensors file, with the run's state as JSON in the metadata.
 * @throws {InvalidArgumentError} if the value is not a checkpoint, or its state is not JSON.
 */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  checkCheckpoint(ENCODE, checkpoint);
  const { tensors, run } = checkpoint;
  const wrong = wrongField(run);
  if (wrong !== undefined) {
    throw new InvalidArgumentError(
      `${ENCODE}: run.${wrong} must be what Checkpoint says, got ${describeValue(Reflect.get(run, wrong))}.`,
      { argument: `run.${wrong}`, received: Reflect.get(run, wrong) },
    );
  }
  for (const [name, tensor] of tensors) checkSource(ENCODE, name, tensor);
  const text = jsonText(ENCODE, 'run', run);
  return writeSafetensors(tensors, {
    format: FORMAT,
    version: VERSION,
    run: text,
    crc32: checksumOf(tensors, text),
  });
}

/** @throws {InvalidArgumentError} if the value does not hold tensors and the state of a run. */
export function checkCheckpoint(where: Where, checkpoint: Checkpoint): void {
  checkObject(where, 'checkpoint', checkpoint, ['tensors', 'run']);
  checkKind(where, 'checkpoint.tensors', checkpoint.tensors, 'map');
  checkObject(where, 'checkpoint.run', checkpoint.run, ['epoch', 'step', 'rng']);
}

/** Checksum of the run's state and of the name, dtype, shape and values of every tensor, in hexadecimal; independent of the order of the tensors. */
function checksumOf(tensors: ReadonlyMap<string, SafetensorsSource>, run: string): string {
  const encoder = new TextEncoder();
  let crc = crc32(encoder.encode(run));
  for (const [name, { shape, data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    crc = crc32(encoder.encode(JSON.stringify([name, data.constructor.name, shape])), crc);
    crc = crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), crc);
  }
  return crc.toString(16);
}

/**
 * Decodes a file that `encodeCheckpoint` wrote, and validates all of it.
 * @param name - Shown in errors, such as the path of the file.
 * @throws {CheckpointError} if the bytes are truncated, changed, not a checkpoint, or of another version.
 */
export function decodeCheckpoint(bytes: Uint8Array, name = 'the checkpoint'): Checkpoint {
  checkKind('[@st/core] decodeCheckpoint', 'name', name, 'text');
  const where = `[@st/core] decodeCheckpoint: ${name}`;
  const { tensors, metadata } = readFile(where, bytes, name);
  if (metadata.format !== FORMAT) {
    throw new CheckpointError(
      `${where}: must be a checkpoint of @st/core, got a safetensors file of format ${describeValue(metadata.format)}. To load bare weights, use the loader of @st/models.`,
      { argument: 'bytes', received: metadata.format },
    );
  }
  if (metadata.version !== VERSION) {
    throw new CheckpointError(
      `${where}: must be of version ${VERSION}, got ${describeValue(metadata.version)}. It was written by another version of @st/core; use that one.`,
      { argument: 'bytes', received: metadata.version },
    );
  }
  const run = parseRun(where, metadata.run);
  const { crc32: stored } = metadata; // files of older versions have no checksum
  if (stored !== undefined && stored !== checksumOf(tensors, metadata.run ?? '')) {
    throw new CheckpointError(
      `${where}: is damaged: its values do not have the checksum that was stored with them. Use another checkpoint.`,
      { argument: 'bytes', received: stored },
    );
  }
  return { tensors, run };
}

function readFile(
  where: string,
  bytes: Uint8Array,
  name: string,
): { tensors: ReadonlyMap<string, SafetensorsTensor>; metadata: Readonly<Record<string, string>> } {
  return asCheckpoint(where, () => readSafetensors(bytes, name), `[@st/core] readSafetensors: ${name}: `);
}

/** Turns the error of the file format into a `CheckpointError`. */
function asCheckpoint<T>(where: string, read: () => T, prefix = ''): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DataFormatError)) throw error;
    const reason = error.message.replace(prefix, '');
    throw new CheckpointError(`${where}: is not a whole checkpoint: ${reason}`, { argument: 'bytes', cause: error });
  }
}

function parseRun(where: string, text: string | undefined): RunState {
  const run = asCheckpoint(where, () => readJson("the run's state", text ?? ''));
  const wrong = isRecord(run) ? wrongField(run) : 'run';
  if (wrong === undefined) return run as RunState; // every field was just checked
  throw new CheckpointError(
    `${where}: the run's state is damaged: '${wrong}' is ${describeValue(isRecord(run) ? run[wrong] : run)}. Use another checkpoint.`,
    { argument: 'bytes', received: run },
  );
}

/** The first field that does not fit `RunState`. */
function wrongField(run: object): string | undefined {
  return Object.entries(FIELDS).find(([key, isValid]) => !isValid(Reflect.get(run, key)))?.[0];
}

const FIELDS: { readonly [K in keyof RunState]-?: (value: unknown) => boolean } = {
  epoch: (value) => isCount(value) && value >= 1,
  step: isCount,
  optimizerSteps: isCount,
  best: (value) => value === null || (isRecord(value) && isNumber(value.score) && isCount(value.epoch)),
  evaluated: (value) => value === undefined || isCount(value),
  sinceBest: (value) => value === undefined || isCount(value),
  stopped: (value) => value === undefined || value === null || STOP_REASONS.includes(value),
  lastGood: (value) => value === undefined || value === null || isCount(value),
  average: (value) => value === undefined || (isRecord(value) && isCount(value.updates)),
  rng: (value) => isRecord(value) && isCount(value.key) && Array.isArray(value.words) && value.words.every(isCount),
  losses: (value) =>
    isRecord(value) &&
    Object.values(value).every((term) => isRecord(term) && isCount(term.images) && isNumber(term.sum)),
  backend: (value) => typeof value === 'string',
  settings: isRecord,
  config: isRecord,
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && isNumber(value) && value >= 0;
}
