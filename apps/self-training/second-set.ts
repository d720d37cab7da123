import { extname } from 'node:path';
import { type Classifier, InvalidArgumentError } from '@st/core';
import {
  augmented,
  CIFAR10_AUGMENTATION,
  type ImageDataset,
  loadPseudoLabeled,
  npzDataset,
  type PseudoLabeled,
  pseudoLabel,
  savePseudoLabeled,
  take,
} from '@st/data';

import type { Progress } from '../command-line/progress.ts';
import { percent } from '../report/percent.ts';
import type { RstSettings } from './command-line.ts';

/** The images used in addition to the labeled ones: from a file, or the rest of the training set. Not augmented. */
export async function loadSecondImages(settings: RstSettings, rest: ImageDataset): Promise<ImageDataset> {
  const { aux, unlabelled } = settings;
  const images = aux === undefined ? rest : await loadAuxiliary(aux);
  if (aux === undefined && images.size < unlabelled) {
    throw new InvalidArgumentError(
      `--unlabelled must be at most ${images.size}, the training images that are not labeled, got ${unlabelled}.`,
    );
  }
  return take(images, Math.min(unlabelled, images.size));
}

async function loadAuxiliary(file: string): Promise<ImageDataset> {
  if (extname(file) !== '.safetensors') return await npzDataset({ file, classes: 10 });
  return (await loadPseudoLabeled(file)).dataset;
}

/** Whether the teacher labels the second images; images of a file have their own labels. */
export function teacherLabels({ aux, relabel }: RstSettings): boolean {
  return aux === undefined || relabel;
}

/** Labels the second images with the teacher; saves them to `file` if one is given. */
export async function labelByTeacher(
  teacher: Classifier,
  images: ImageDataset,
  settings: RstSettings,
  {
    file,
    progress,
    signal,
  }: { readonly file: string | undefined; readonly progress: Progress; readonly signal: AbortSignal },
): Promise<ImageDataset> {
  const labeled = await pseudoLabel(teacher, images, {
    confidence: settings.confidence,
    batchSize: settings.batchSize,
    signal,
    onProgress: (done) => progress.show({ task: 'pseudo-labels', done, total: images.size, unit: 'image' }),
  });
  progress.say(describe(labeled, images));
  if (file !== undefined) await savePseudoLabeled(labeled, file);
  return labeled.dataset;
}

function describe({ dataset, indices, provenance }: PseudoLabeled, images: ImageDataset): string {
  const { kept, examined, confidence, modelDigest } = provenance;
  // the true labels of the set serve only this message; training never uses them
  const right = indices.reduce((sum, index, i) => sum + (images.label(index) === dataset.label(i) ? 1 : 0), 0);
  return `Pseudo-labels: ${kept} of ${examined} kept at confidence >= ${confidence}, ${percent(right, kept)} as in the set; teacher ${modelDigest?.slice(0, 8)}.`;
}

/** Adds random crop and flip. */
export function withAugmentation(images: ImageDataset): ImageDataset {
  return augmented(images, CIFAR10_AUGMENTATION);
}
