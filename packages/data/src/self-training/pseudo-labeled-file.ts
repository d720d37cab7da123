import { DataFormatError, InvalidArgumentError, readSafetensors, StError, writeSafetensors } from '@st/core';
import {
  describeValue,
  type JsonObject,
  readJson,
  type SafetensorsSource,
  type SafetensorsTensor,
  type Where,
} from '@st/core/kit';
import { writeFileDurably } from '@st/core/node';
import { checkImageDataset } from '../dataset/check-image-dataset.ts';
import { checkPath } from '../dataset/check-path.ts';
import type { ImageDataset } from '../dataset/image-dataset.ts';
import type { Pixels } from '../dataset/plain-pixels.ts';
import { readDataFile } from '../files/read-data-file.ts';
import { arrayDataset } from '../sets/array-dataset.ts';
import type { PseudoLabeled, PseudoLabelProvenance } from './pseudo-labeled.ts';

const SAVE: Where = '[@st/data] savePseudoLabeled';
const LOAD: Where = '[@st/data] loadPseudoLabeled';
const FORMAT = 'st-pseudo-labels';
const VERSION = '1';
/** A million images of 32 x 32 take 3 GB. */
const MOST_BYTES = 2 ** 33;
const MEND = 'Make it with savePseudoLabeled.';

/**
 * Writes pseudo-labeled images to one safetensors file: `image` U8 or F32 `[n, height, width, channels]`, `label` I32 `[n]`, `index` I32
 * `[n]`, `confidence` F32 `[n]`; name, classes and provenance in the metadata. Written atomically (fsync, then rename); creates the folder. Node only.
 * @throws {DataFormatError} if it cannot be written.
 */
export async function savePseudoLabeled(labeled: PseudoLabeled, file: string): Promise<void> {
  checkPseudoLabeled(labeled);
  checkPath(SAVE, 'file', file);
  try {
    await writeFileDurably(file, encode(labeled));
  } catch (cause) {
    if (cause instanceof StError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataFormatError(`${SAVE}: cannot write ${file}: ${reason}. Is its folder one that may be written to?`, {
      argument: 'file',
      received: file,
      cause,
    });
  }
}

/**
 * Reads a file of `savePseudoLabeled` and validates all of it.
 * @throws {DataFormatError} if the file is missing, damaged, of another kind, or its labels lie outside the classes.
 */
export async function loadPseudoLabeled(file: string): Promise<PseudoLabeled> {
  checkPath(LOAD, 'file', file);
  const bytes = await readDataFile(LOAD, { folder: '', name: file, maxBytes: MOST_BYTES, mend: MEND });
  const { tensors, metadata } = readSafetensors(bytes, file);
  if (metadata.format !== FORMAT || metadata.version !== VERSION) {
    refuse(
      file,
      `must hold pseudo-labels of @st/data, version ${VERSION}, got format ${describeValue(metadata.format)}, version ${describeValue(metadata.version)}`,
    );
  }
  const head = parseHead(file, metadata.set);
  const [count = 0, height = 0, width = 0, channels = 0] = tensors.get('image')?.shape ?? [];
  const pixels = valuesOf(file, tensors, 'image', [count, height, width, channels]);
  const labels = valuesOf(file, tensors, 'label', [count]);
  const indices = valuesOf(file, tensors, 'index', [count]);
  const confidences = valuesOf(file, tensors, 'confidence', [count]);
  const right =
    (pixels instanceof Uint8Array || pixels instanceof Float32Array) &&
    labels instanceof Int32Array &&
    indices instanceof Int32Array &&
    confidences instanceof Float32Array;
  if (!right) return refuse(file, 'must hold image as U8 or F32, label and index as I32, confidence as F32');
  const wrong = labels.findIndex((label) => label < 0 || label >= head.classes);
  if (wrong >= 0) refuse(file, `must hold labels in [0, ${head.classes}), got ${labels[wrong]} at index ${wrong}`);
  const { name, classes, classNames, provenance } = head;
  const imageShape = [height, width, channels] as const;
  const dataset = arrayDataset({ name, pixels, labels, imageShape, classes, ...(classNames && { classNames }) });
  return { dataset, indices, confidences, provenance };
}

function checkPseudoLabeled(labeled: PseudoLabeled): void {
  const valid =
    isRecord(labeled) &&
    labeled.indices instanceof Int32Array &&
    labeled.confidences instanceof Float32Array &&
    isProvenance(labeled.provenance);
  if (valid) checkImageDataset(SAVE, 'labeled.dataset', labeled.dataset);
  else
    throw new InvalidArgumentError(
      `${SAVE}: labeled must be what pseudoLabel gives, { dataset, indices, confidences, provenance }, got ${describeValue(labeled)}. Await it first: await pseudoLabel(...).`,
      { argument: 'labeled', received: labeled },
    );
}

/** The members of the metadata that describe the set. */
type Head = Pick<ImageDataset, 'name' | 'classes'> & {
  readonly classNames?: readonly string[];
  readonly provenance: PseudoLabelProvenance;
};

function encode({ dataset, indices, confidences, provenance }: PseudoLabeled): Uint8Array {
  const { name, size, classes, classNames, imageShape } = dataset;
  const shape = [size, ...imageShape];
  const tensors = new Map<string, SafetensorsSource>([
    ['image', { shape, data: allPixels(dataset) }],
    ['label', { shape: [size], data: Int32Array.from({ length: size }, (_, i) => dataset.label(i)) }],
    ['index', { shape: [size], data: indices }],
    ['confidence', { shape: [size], data: confidences }],
  ]);
  const head: JsonObject = { name, classes, ...(classNames && { classNames }), provenance };
  return writeSafetensors(tensors, { format: FORMAT, version: VERSION, set: JSON.stringify(head) });
}

function allPixels(dataset: ImageDataset): Pixels {
  const first = dataset.image(0);
  const length = dataset.size * first.length;
  const pixels = first instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
  for (let i = 0; i < dataset.size; i++) pixels.set(dataset.image(i), i * first.length);
  return pixels;
}

function valuesOf(
  file: string,
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  name: string,
  shape: readonly number[],
): SafetensorsTensor['data'] {
  const tensor = tensors.get(name);
  if (!tensor || tensor.shape.join() !== shape.join() || shape[0] === 0) {
    return refuse(
      file,
      `must hold '${name}' [${shape.join(', ')}], got ${tensor ? `[${tensor.shape.join(', ')}]` : 'none'}`,
    );
  }
  return tensor.data;
}

function parseHead(file: string, text: string | undefined): Head {
  let head: unknown;
  try {
    head = readJson(file, text ?? '', { maxDepth: 4 });
  } catch {
    refuse(file, `must describe the set as JSON, got ${describeValue(text)}`);
  }
  const valid =
    isRecord(head) &&
    typeof head.name === 'string' &&
    Number.isSafeInteger(head.classes) &&
    (head.classNames === undefined || isListOf(head.classNames, 'string')) &&
    isProvenance(head.provenance);
  if (valid) return head as Head; // every member was just checked
  return refuse(file, 'must name the set, its classes and the provenance of its labels, but does not');
}

function isProvenance(value: unknown): boolean {
  return (
    isRecord(value) &&
    (value.modelDigest === null || typeof value.modelDigest === 'string') &&
    [value.dataDigest, value.dataset].every((text) => typeof text === 'string') &&
    [value.confidence, value.examined, value.kept].every((number) => typeof number === 'number') &&
    isListOf(value.perClass, 'number')
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, type: 'string' | 'number'): boolean {
  return Array.isArray(value) && value.every((member) => typeof member === type);
}

function refuse(file: string, what: string): never {
  throw new DataFormatError(`${LOAD}: ${file} ${what}. ${MEND}`, {
    argument: 'file',
    received: file,
  });
}
