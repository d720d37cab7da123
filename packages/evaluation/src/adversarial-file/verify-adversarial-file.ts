import { epsilonsOf } from '@st/attacks/parts';
import { type Classifier, ShapeError, type ThreatModel } from '@st/core';
import {
  checkImageShape,
  checkKind,
  checkKinds,
  checkNumber,
  digestOfModel,
  nextTurn,
  sha256,
  type Where,
} from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { digestOfExample, digestOfExamples } from '../digest-of-examples.ts';
import { evaluatedClassifier } from '../evaluated-classifier.ts';
import type { Outcome } from '../outcome.ts';
import { perturbationNorm } from '../perturbation-norm.ts';
import { predict } from '../predict.ts';
import { judgePoint } from '../recheck-claims.ts';
import type { AdversarialFile } from './adversarial-file.ts';
import { checkClaims } from './check-claims.ts';

const WHERE: Where = '[@st/evaluation] verifyAdversarialFile';

/** Settings of `verifyAdversarialFile`. */
export type VerifyAdversarialFileOptions = {
  readonly classifier: Classifier | LayersModel;
  readonly file: AdversarialFile;
  /** Images per batch. Default 100. */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
};

/** The claims of a file beside the recomputed counts. */
export type Verification = {
  /** True if every point is in the ball and misclassified, every count is as claimed, and model and data are those evaluated. */
  readonly holds: boolean;
  /** The threat model that the file claims, by which the points were checked; its bounds are always [0, 1]. Null without attacks. */
  readonly threat: ThreatModel | null;
  readonly natural: { readonly claimed: number; readonly counted: number };
  readonly robust: { readonly claimed: number; readonly counted: number };
  readonly total: number;
  /** The number of points that passed the check. */
  readonly verified: number;
  /** Points that failed, and why. */
  readonly failures: readonly { readonly index: number; readonly attack: string; readonly outcome: Outcome }[];
  /** Whether weights and running statistics are those evaluated; null if the evaluation did not know them. */
  readonly sameModel: boolean | null;
  /** Whether the digest of the file's images and labels is the claimed one. */
  readonly sameData: boolean;
};

/**
 * Checks the claims of an evaluation from its file of adversarial examples and the model alone: every point is finite, in [0, 1], in the ball
 * around its image and misclassified, and natural and robust accuracy are as claimed. The radius comes from the file: read `threat` of the
 * result, and compare the file with the report by `differencesFromReport`.
 * @throws {DataFormatError} if the claims are impossible: a radius whose ball contains every image, counts that do not match.
 * @throws {ShapeError} if the images do not fit the model.
 * @throws the signal's reason when it is aborted.
 */
export async function verifyAdversarialFile(options: VerifyAdversarialFileOptions): Promise<Verification> {
  checkKind(WHERE, 'options', options, 'options');
  const { file, batchSize = 100, signal } = options;
  checkKinds(WHERE, options, { signal: 'signal' });
  checkNumber(WHERE, 'batchSize', batchSize, { min: 1, integer: true });
  const classifier = evaluatedClassifier(WHERE, options.classifier);
  checkFile(file);
  checkImages(classifier, file);
  const size = sizeOf(file);
  const { images, adversarial, labels, indices, origins } = file;
  const claims = checkClaims(WHERE, file.claims, {
    examples: labels.length,
    found: origins.length,
    imageShape: file.imageShape,
  });
  const settings = { classifier, imageShape: file.imageShape, batchSize, signal, passes: claims.passes };
  const radii = claims.threat && epsilonsOf(claims.threat, file.imageShape);
  const predicted = await predictAll(settings, images);
  const right = labels.map((label, i) => (predicted[i] === label ? 1 : 0));
  const underAttack = await predictAll(settings, adversarial);
  const failures: { index: number; attack: string; outcome: Outcome }[] = [];
  let broken = 0;
  for (const [row, origin] of origins.entries()) {
    const outcome = judgeRow({ ...file, claims }, radii, row, origin, underAttack[row] ?? 0);
    if (outcome === 'broken')
      broken += right[origin] ?? 0; // an image that is misclassified without attack does not count as broken
    else failures.push({ index: indices[origin] ?? -1, attack: file.attacks[row] ?? '', outcome });
  }
  const counted = right.reduce((sum, one) => sum + one, 0);
  const natural = { claimed: claims.natural, counted };
  const robust = { claimed: claims.robust, counted: counted - broken };
  const sameModel = claims.modelDigest === null ? null : claims.modelDigest === (await digestOfModel(classifier));
  const sameData = claims.datasetDigest === (await digestOfFile(file, size));
  const sameCounts =
    natural.claimed === natural.counted && robust.claimed === robust.counted && claims.total === labels.length;
  return {
    holds: failures.length === 0 && sameCounts && sameModel !== false && sameData,
    threat: claims.threat,
    natural,
    robust,
    total: labels.length,
    verified: origins.length - failures.length,
    failures,
    sameModel,
    sameData,
  };
}

async function digestOfFile({ images, labels }: AdversarialFile, size: number): Promise<string> {
  const examples: string[] = [];
  for (const [i, label] of labels.entries()) {
    const image = images.slice(i * size, (i + 1) * size);
    examples.push(digestOfExample(await sha256(new Uint8Array(image.buffer)), label));
  }
  return digestOfExamples(examples);
}

function judgeRow(
  file: AdversarialFile,
  radii: Float32Array | null,
  row: number,
  origin: number,
  predicted: number,
): Outcome {
  const { images, adversarial, labels, claims } = file;
  if (!claims.threat) return 'outside-ball'; // an evaluation without attacks found nothing
  const size = sizeOf(file);
  const image = images.subarray(origin * size, (origin + 1) * size);
  const point = adversarial.subarray(row * size, (row + 1) * size);
  const norm = perturbationNorm(claims.threat.norm, image, point, radii);
  return judgePoint(point, norm, predicted === labels[origin], claims.threat);
}

type PredictionSettings = {
  readonly classifier: Classifier;
  readonly imageShape: AdversarialFile['imageShape'];
  readonly batchSize: number;
  readonly signal: AbortSignal | undefined;
  readonly passes: number;
};

async function predictAll(
  { classifier, imageShape, batchSize, signal, passes }: PredictionSettings,
  pixels: Float32Array,
): Promise<number[]> {
  const [height, width, channels] = imageShape;
  const size = height * width * channels;
  const predicted: number[] = [];
  for (let start = 0; start * size < pixels.length; start += batchSize) {
    signal?.throwIfAborted();
    const some = pixels.slice(start * size, (start + batchSize) * size);
    const images = tf.tensor4d(some, [some.length / size, height, width, channels]);
    try {
      predicted.push(...(await predict(classifier, images, passes)));
    } finally {
      images.dispose();
    }
    await nextTurn();
  }
  return predicted;
}

function sizeOf({ imageShape }: AdversarialFile): number {
  return imageShape.reduce((product, length) => product * length, 1);
}

/** Checks a file that may not come from `decodeAdversarialFile`. */
function checkFile(file: AdversarialFile): void {
  checkKind(WHERE, 'file', file, 'options');
  checkImageShape(WHERE, 'file.imageShape', file.imageShape);
  for (const name of ['images', 'labels', 'indices', 'adversarial', 'origins', 'attacks'] as const) {
    checkKind(WHERE, `file.${name}`, file[name], 'numbers');
  }
}

function checkImages({ imageShape }: Classifier, file: AdversarialFile): void {
  if (imageShape.every((length, i) => length === null || length === file.imageShape[i])) return;
  throw new ShapeError(
    `${WHERE}: the images must be [${imageShape.map((length) => length ?? 'any').join(', ')}] for this model, but the file's are [${file.imageShape.join(', ')}]. Is this the model that was evaluated?`,
    { argument: 'file', received: file.imageShape },
  );
}
