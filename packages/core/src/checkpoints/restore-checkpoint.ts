import * as tf from '@tensorflow/tfjs-core';
import { checkClassifier } from '../classifier/check-classifier.ts';
import type { Classifier, NamedVariable } from '../classifier/classifier.ts';
import { stateVariables } from '../classifier/weight-values.ts';
import { checkKind } from '../errors/check-kind.ts';
import { checkChoice, checkObject } from '../errors/check-options.ts';
import { CheckpointError } from '../errors/errors.ts';
import type { TrainOptimizer } from '../optimizer/train-optimizer.ts';
import { trainOptimizerOf } from '../optimizer/train-optimizer-of.ts';
import type { SafetensorsSource } from '../safetensors/safetensors-write.ts';
import { type Checkpoint, checkCheckpoint } from './checkpoint.ts';

type Tensors = Checkpoint['tensors'];

const WHERE = '[@st/core] restoreCheckpoint';

/** Number of mismatches that an error lists. */
const SHOWN = 3;

/**
 * Restores a checkpoint's weights and running statistics into the classifier and, if given, its slots into the optimizer. Validates everything first, so
 * an error leaves both unchanged.
 * @param options - The optimizer, if it is to be restored; the `name` that errors show, such as the path of the file; `weights`: `'averaged'` for the
 *   averaged weights with their statistics instead of the `'raw'` ones.
 * @throws {CheckpointError} that names missing or extra tensors, tensors of the wrong shape, or missing averaged weights.
 * @throws {InvalidArgumentError} for an argument of the wrong type.
 */
export function restoreCheckpoint(
  checkpoint: Checkpoint,
  classifier: Classifier,
  options: { readonly optimizer?: TrainOptimizer; readonly name?: string; readonly weights?: 'raw' | 'averaged' } = {},
): void {
  checkCheckpoint(WHERE, checkpoint);
  checkClassifier(WHERE, classifier);
  checkObject(WHERE, 'options', options, ['optimizer', 'name', 'weights']);
  const { name = 'the checkpoint', weights = 'raw' } = options;
  checkKind(WHERE, 'name', name, 'text');
  checkChoice(WHERE, 'weights', weights, ['raw', 'averaged']);
  const optimizer = options.optimizer && trainOptimizerOf(WHERE, options.optimizer);
  const { tensors } = checkpoint;
  const section = weights === 'averaged' ? 'average/' : '';
  if (section) requireAverage(name, checkpoint, classifier);
  const targets = stateVariables(classifier).map((target) => ({ ...target, name: `${section}${target.name}` }));
  refuse(name, [...mismatches(tensors, targets, section), ...(optimizer ? slotMismatches(tensors, classifier) : [])]);
  const values = targets.map(({ name: key, variable }) => ({ variable, source: tensors.get(key) }));
  tf.tidy(() => {
    if (optimizer) restoreOptimizer({ optimizer, parameters: classifier.parameters }, checkpoint, name);
    for (const { variable, source } of values) {
      if (source) variable.assign(tensorOf(source, variable.dtype));
    }
  });
}

/** The optional sections of a checkpoint. */
const OTHER_SECTIONS = /^(optimizer|average|carried|lastGood)\//;

/** The tensors of one section, such as `average/`, by their names without the section; the caller disposes them. */
export function sectionTensors({ tensors }: Checkpoint, section: string): Map<string, tf.Tensor> {
  return new Map(
    [...tensors]
      .filter(([key]) => key.startsWith(section))
      .map(([key, source]) => [key.slice(section.length), tensorOf(source, 'float32')]),
  );
}

/**
 * Checks the weights of a section against the classifier: `''` (the raw ones), `average/` or `lastGood/`. Missing statistics are left to the caller.
 * @throws {CheckpointError} that names missing or extra tensors, or tensors of the wrong shape.
 */
export function checkWeights({ tensors }: Checkpoint, classifier: Classifier, section: string, name: string): void {
  const hasStatistics = [...tensors.keys()].some((key) => key.startsWith(`${section}statistics/`));
  const targets = stateVariables(classifier)
    .map((target) => ({ ...target, name: `${section}${target.name}` }))
    .filter((target) => section === '' || hasStatistics || !target.name.startsWith(`${section}statistics/`));
  refuse(name, mismatches(tensors, targets, section));
}

/** Throws if the checkpoint has no averaged weights, or none with statistics, so that the error is not the one for another architecture. */
function requireAverage(name: string, { tensors, run }: Checkpoint, { statistics }: Classifier): void {
  const keys = [...tensors.keys()];
  const has = (section: string): boolean => keys.some((key) => key.startsWith(section));
  if (!has('average/weights/') || run.average?.updates === 0) {
    throw new CheckpointError(
      `${WHERE}: ${name}: must hold averaged weights, but ${has('average/weights/') ? 'nothing was averaged yet' : 'the run averaged none'}. Train with averaging: ema({ decay: 0.995 }), or take weights: 'raw'.`,
      { argument: 'weights', received: 'averaged' },
    );
  }
  if (statistics.length > 0 && !has('average/statistics/')) {
    throw new CheckpointError(
      `${WHERE}: ${name}: its averaged weights have no running statistics, and those of the raw weights do not fit them. A run that recomputes them does so at evaluations and at its end: take the best checkpoint, finish the run, or take weights: 'raw'.`,
      { argument: 'weights', received: 'averaged' },
    );
  }
}

function mismatches(tensors: Tensors, targets: readonly NamedVariable[], section: string): string[] {
  const wanted = new Set(targets.map(({ name }) => name));
  const wrong = targets.flatMap(({ name, variable }) => {
    const found = tensors.get(name);
    if (!found) return [`'${name}' [${variable.shape.join(', ')}] is missing`];
    return sameShape(found, variable) ? [] : [misshapen(name, found, variable)];
  });
  const belongs = (name: string): boolean => (section ? name.startsWith(section) : !OTHER_SECTIONS.test(name));
  const extra = [...tensors.keys()].filter((name) => belongs(name) && !wanted.has(name));
  return [...wrong, ...extra.map((name) => `'${name}' is not in the model`)];
}

/** Describes slots that do not fit: they must be named `optimizer/<slot>/<parameter>` and have the shape of the parameter. */
function slotMismatches(tensors: Tensors, { parameters }: Classifier): string[] {
  const variables = new Map(parameters.map(({ name, variable }) => [name, variable]));
  return [...tensors].flatMap(([key, found]) => {
    const [, parameter] = /^optimizer\/[^/]+\/(.+)$/s.exec(key) ?? [];
    if (parameter === undefined) return [];
    const variable = variables.get(parameter);
    if (!variable) return [`'${key}' belongs to no parameter of the model`];
    return sameShape(found, variable) ? [] : [misshapen(key, found, variable)];
  });
}

function sameShape({ shape }: SafetensorsSource, variable: tf.Variable): boolean {
  return tf.util.arraysEqual([...shape], variable.shape);
}

function misshapen(name: string, { shape }: SafetensorsSource, variable: tf.Variable): string {
  return `'${name}' must be [${variable.shape.join(', ')}], got [${shape.join(', ')}]`;
}

function refuse(name: string, wrong: readonly string[]): void {
  if (wrong.length === 0) return;
  const more = wrong.length > SHOWN ? `; and ${wrong.length - SHOWN} more` : '';
  throw new CheckpointError(
    `${WHERE}: ${name}: must fit the model, but ${wrong.slice(0, SHOWN).join('; ')}${more}. Build the model as it was trained: same architecture, widths, classes and layer names.`,
    { argument: 'checkpoint', received: wrong },
  );
}

function restoreOptimizer(
  { optimizer, parameters }: { readonly optimizer: TrainOptimizer } & Pick<Classifier, 'parameters'>,
  { tensors, run }: Checkpoint,
  name: string,
): void {
  const slots = new Map<string, tf.Tensor>();
  for (const [key, source] of tensors) {
    if (key.startsWith('optimizer/')) slots.set(key.slice('optimizer/'.length), tensorOf(source, 'float32'));
  }
  try {
    optimizer.restore({ steps: run.optimizerSteps, slots }, parameters);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(`${WHERE}: ${name}: must fit the optimizer: ${reason}`, {
      argument: 'optimizer',
      cause,
    });
  }
}

function tensorOf({ shape, data }: SafetensorsSource, dtype: tf.DataType): tf.Tensor {
  // tfjs has no tensor type for BigInt64Array. Checkpoints never contain one, but other files may.
  const values = data instanceof BigInt64Array ? Float64Array.from(data, Number) : data;
  return tf.tensor(values instanceof Float64Array ? Float32Array.from(values) : values, [...shape], dtype);
}
