import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { asClassifier, type Classifier, LAST_CHECKPOINT, loadCheckpoint } from '@st/core';
import { loadPretrained } from '@st/models';
import { UsageError } from '../command-line/usage-error.ts';
import { buildModel } from '../train/build-model.ts';
import { readRun, runFolder } from '../train/run-folder.ts';
import { flagsGiven, pretrainedOptions, type WeightsSettings } from './weights-options.ts';

/** A model to evaluate. */
export type LoadedModel = {
  readonly classifier: Classifier;
  readonly name: string;
  /** What it is, in one line. */
  readonly line: string;
  dispose(): void;
};

/**
 * Loads the best checkpoint of a run's folder, or a file of weights whose network is recognised by its tensors. A folder that `fit` wrote by
 * itself, without the configuration of `npm start`, is its best (else last) file.
 * @param weights - What a file does not tell; what is missing or null: as recognised.
 * @throws {UsageError} if there is no such path, or something is given for a run, which tells its own.
 */
export async function loadModel(path: string, weights: Partial<WeightsSettings>): Promise<LoadedModel> {
  if (!existsSync(path))
    throw new UsageError(`--checkpoint ${path} does not exist. Give the folder of a run, or a file of weights.`);
  if (!statSync(path).isDirectory()) return loadFile(path, weights);
  const { config, best } = runFolder(path);
  const file = [best, join(path, LAST_CHECKPOINT)].find((candidate) => existsSync(candidate));
  if (!existsSync(config) && file !== undefined) return loadFile(file, weights);
  const [flag] = flagsGiven({ ...weights, imageSize: null }); // the images of a folder are scaled by --image-size, whatever the model
  if (flag === undefined) return loadRun(path);
  throw new UsageError(`${flag} is for files of weights; ${path} is a run, which tells its own. Leave it out.`);
}

async function loadRun(path: string): Promise<LoadedModel> {
  const folder = runFolder(path);
  const configuration = readRun(folder);
  const model = buildModel(configuration);
  const { epoch, step, best } = await loadCheckpoint(model, path, 'best');
  const { method, model: name } = configuration;
  const score = best ? `, score ${best.score.toFixed(4)} on its validation images` : '';
  return {
    classifier: asClassifier(model),
    name: `${method}-trained ${name}`,
    line: `${path}: ${method}-trained ${name}, its best checkpoint (epoch ${epoch}, step ${step}${score})`,
    dispose: () => void model.dispose(),
  };
}

async function loadFile(path: string, weights: Partial<WeightsSettings>): Promise<LoadedModel> {
  const { model, classifier, recognized } = await loadPretrained(path, pretrainedOptions(weights));
  return {
    classifier,
    name: basename(path),
    line: recognized.line.replace(/\.$/, ''),
    dispose: () => void model.dispose(),
  };
}
