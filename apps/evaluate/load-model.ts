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
  /** Description of the model, in one line. */
  readonly line: string;
  dispose(): void;
};

/**
 * Loads the best checkpoint of a run's folder, or a weight file whose network is recognized from its tensors. Of a folder that a program wrote with
 * `fit`, without the configuration of `npm start`, it loads the best file, or the last one if there is no best.
 * @param weights - Settings of a weight file. Missing and null ones are recognized from the file.
 * @throws {UsageError} if the path does not exist, or a setting of weight files is given for a run.
 */
export async function loadModel(path: string, weights: Partial<WeightsSettings>): Promise<LoadedModel> {
  if (!existsSync(path))
    throw new UsageError(`--checkpoint ${path} does not exist. Give the folder of a run, or a weight file.`);
  if (!statSync(path).isDirectory()) return loadFile(path, weights);
  const { config, best } = runFolder(path);
  const file = [best, join(path, LAST_CHECKPOINT)].find((candidate) => existsSync(candidate));
  if (!existsSync(config) && file !== undefined) return loadFile(file, weights);
  const [flag] = flagsGiven({ ...weights, imageSize: null }); // --image-size also scales the images of --data folder:, so it is valid with a run
  if (flag === undefined) return loadRun(path);
  throw new UsageError(`${flag} is for weight files; ${path} is a run, which stores its own settings. Omit it.`);
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
