import { checkThreat } from '@st/attacks/parts';
import { DataFormatError, type Dataset, readSafetensors, writeSafetensors } from '@st/core';
import {
  checkKind,
  describeValue,
  readJson,
  type SafetensorsData,
  type SafetensorsTensor,
  type Where,
} from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkOwnDataset } from '../checked-dataset.ts';
import type { FoundExamples } from '../evaluation-options.ts';
import type { RobustnessReport } from '../report/robustness-report.ts';
import { type AdversarialClaims, type ClaimedSize, checkClaims } from './check-claims.ts';
import { countedPoints } from './counted-points.ts';

const ENCODE: Where = '[@st/evaluation] encodeAdversarialFile';

const FORMAT = 'st-adversarial-examples';
const VERSION = '1';

/** Images read at a time. */
const CHUNK = 256;

/**
 * The adversarial examples of an evaluation, with everything needed to check them without the data set: every evaluated image with its
 * label, each point found, and the claims of the evaluation.
 */
export type AdversarialFile = {
  /** `[height, width, channels]`. */
  readonly imageShape: readonly [number, number, number];
  /** The evaluated images, one after the other. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
  /** The index of each image in the data set. */
  readonly indices: Int32Array;
  /** The points found, one after the other. */
  readonly adversarial: Float32Array;
  /** For each point, the row of its image in `images`. */
  readonly origins: Int32Array;
  /** For each point, the name of the attack that found it. */
  readonly attacks: readonly string[];
  readonly claims: AdversarialClaims;
};

/**
 * Writes a safetensors file of the adversarial examples that a report counts: tensors `images`, `labels`, `indices`, `adversarial` and
 * `origins`, and the claims as JSON in the metadata.
 * @param found - All arguments that `onFound` was called with. The file holds the point that broke each example.
 * @throws {InvalidArgumentError} if `found` lacks the point of a broken example, and for an argument of the wrong kind.
 */
export async function encodeAdversarialFile(
  report: RobustnessReport,
  dataset: Dataset,
  found: readonly FoundExamples[],
): Promise<Uint8Array> {
  const points = countedPoints(report, found);
  checkOwnDataset(ENCODE, dataset);
  checkReport(report);
  const { threat, natural, robust, model, examples, judgement } = report;
  const indices = Int32Array.from(report.dataset.indices);
  const size = dataset.imageShape.reduce((product, length) => product * length, 1);
  const adversarial = new Float32Array(points.length * size);
  for (const [row, { image }] of points.entries()) adversarial.set(image, row * size);
  const claims: AdversarialClaims = {
    threat,
    natural: natural.correct,
    robust: robust.correct,
    total: natural.total,
    modelDigest: model.digest,
    datasetDigest: report.dataset.digest,
    passes: judgement.passes,
  };
  return writeSafetensors(
    new Map([
      ['images', { shape: [indices.length, ...dataset.imageShape], data: await readImages(dataset, indices, size) }],
      ['labels', { shape: [indices.length], data: Int32Array.from(examples, ({ label }) => label) }],
      ['indices', { shape: [indices.length], data: indices }],
      ['adversarial', { shape: [points.length, ...dataset.imageShape], data: adversarial }],
      ['origins', { shape: [points.length], data: Int32Array.from(points, ({ place }) => place) }],
    ]),
    {
      format: FORMAT,
      version: VERSION,
      attacks: JSON.stringify(points.map(({ attack }) => attack)),
      claims: JSON.stringify(claims),
    },
  );
}

/** Checks the members that are read here; `countedPoints` checks the examples. */
function checkReport(report: RobustnessReport): void {
  for (const name of ['natural', 'robust', 'model', 'dataset', 'judgement'] as const) {
    checkKind(ENCODE, `report.${name}`, report[name], 'options');
  }
  checkKind(ENCODE, 'report.dataset.indices', report.dataset.indices, 'numbers');
  if (report.threat !== null) checkThreat(ENCODE, report.threat);
}

async function readImages(dataset: Dataset, indices: Int32Array, size: number): Promise<Float32Array> {
  const images = new Float32Array(indices.length * size);
  for (let start = 0; start < indices.length; start += CHUNK) {
    const batch = dataset.batch(indices.subarray(start, start + CHUNK));
    images.set(await batch.images.data<'float32'>(), start * size);
    tf.dispose([batch.images, batch.labels]);
  }
  return images;
}

/**
 * Reads a file written by `encodeAdversarialFile` and validates its format. `verifyAdversarialFile` checks its claims.
 * @param name - Shown in errors, e.g. the file's path.
 * @throws {DataFormatError} if the file is damaged or of another format.
 */
export function decodeAdversarialFile(bytes: Uint8Array, name = 'the file'): AdversarialFile {
  checkKind('[@st/evaluation] decodeAdversarialFile', 'name', name, 'text');
  const where: Where = `[@st/evaluation] decodeAdversarialFile: ${name}`;
  checkKind(where, 'bytes', bytes, 'bytes');
  const { tensors, metadata } = readSafetensors(bytes, name);
  if (metadata.format !== FORMAT || metadata.version !== VERSION) {
    throw new DataFormatError(
      `${where}: must hold adversarial examples of version ${VERSION}, got format ${describeValue(metadata.format)}, version ${describeValue(metadata.version)}. Is it the adversarial.safetensors of an evaluation?`,
      { argument: 'bytes', received: metadata.format },
    );
  }
  const images = tensorOf(where, tensors, 'images', Float32Array, 4);
  const [count = 0, height = 0, width = 0, channels = 0] = images.shape;
  const labels = tensorOf(where, tensors, 'labels', Int32Array, 1, count);
  const indices = tensorOf(where, tensors, 'indices', Int32Array, 1, count);
  const adversarial = tensorOf(where, tensors, 'adversarial', Float32Array, 4);
  const [found = 0] = adversarial.shape;
  const origins = tensorOf(where, tensors, 'origins', Int32Array, 1, found);
  const { attacks, claims } = parseMetadata(where, metadata, {
    examples: count,
    found,
    imageShape: [height, width, channels],
  });
  const fits =
    adversarial.shape.slice(1).join() === images.shape.slice(1).join() &&
    attacks.length === found &&
    new Set(origins.data).size === found &&
    new Set(indices.data).size === count &&
    indices.data.every((index) => index >= 0) &&
    origins.data.every((origin) => origin >= 0 && origin < count);
  if (!fits) {
    throw new DataFormatError(
      `${where}: adversarial, origins and attacks must have one entry per point, each for a different image, and indices must be different and not negative. The file is damaged.`,
      { argument: 'bytes' },
    );
  }
  return {
    imageShape: [height, width, channels],
    images: images.data,
    labels: labels.data,
    indices: indices.data,
    adversarial: adversarial.data,
    origins: origins.data,
    attacks,
    claims,
  };
}

function tensorOf<T extends SafetensorsData>(
  where: string,
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  name: string,
  type: abstract new (...args: never[]) => T,
  rank: number,
  length?: number,
): { readonly shape: readonly number[]; readonly data: T } {
  const tensor = tensors.get(name);
  const { shape, data } = tensor ?? {};
  if (shape?.length === rank && data instanceof type && (length ?? shape[0]) === shape[0]) return { shape, data };
  throw new DataFormatError(
    `${where}: must hold ${name}, of rank ${rank}${length === undefined ? '' : ` and length ${length}`}, got ${tensor ? `${tensor.dtype} [${tensor.shape}]` : 'nothing'}. The file is damaged.`,
    { argument: 'bytes', received: shape },
  );
}

function parseMetadata(
  where: Where,
  metadata: Readonly<Record<string, string>>,
  size: ClaimedSize,
): Pick<AdversarialFile, 'attacks' | 'claims'> {
  if (metadata.attacks === undefined || metadata.claims === undefined) {
    throw new DataFormatError(
      `${where}: its metadata must hold attacks and claims as JSON, but does not. The file is damaged.`,
      { argument: 'bytes' },
    );
  }
  const attacks = readJson(`${where}: attacks`, metadata.attacks);
  if (!Array.isArray(attacks) || !attacks.every((attack) => typeof attack === 'string')) {
    throw new DataFormatError(
      `${where}: attacks must be a list of names, got ${describeValue(attacks)}. The file is damaged.`,
      { argument: 'bytes', received: attacks },
    );
  }
  return { attacks, claims: checkClaims(where, readJson(`${where}: claims`, metadata.claims), size) };
}
