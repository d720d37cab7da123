import * as tf from '@tensorflow/tfjs-core';
import type { Classifier, NamedVariable } from '../classifier/classifier.ts';
import { CheckpointError } from '../errors/errors.ts';
import type { TrainOptimizer } from '../optimizer/train-optimizer.ts';
import type { SafetensorsSource } from '../safetensors/safetensors-write.ts';
import type { Checkpoint } from './checkpoint.ts';

type Tensors = Checkpoint['tensors'];

/** How many mismatches an error names. */
const SHOWN = 3;

/**
 * Puts a checkpoint's weights and running statistics into the classifier and, if given, its slots into the optimiser. Everything is
 * validated first: on an error nothing was touched.
 * @param options - The optimiser to restore too, and the `name` that errors show, e.g. the file's path.
 * @throws {CheckpointError} naming the tensors that are missing, extra or misshapen.
 */
export function restoreCheckpoint(
  checkpoint: Checkpoint,
  classifier: Classifier,
  options: { readonly optimizer?: TrainOptimizer; readonly name?: string } = {},
): void {
  const { optimizer, name = 'the checkpoint' } = options;
  const { tensors, run } = checkpoint;
  const targets = [
    ...classifier.parameters.map((parameter) => ({ ...parameter, name: `weights/${parameter.name}` })),
    ...classifier.statistics.map((statistic) => ({ ...statistic, name: `statistics/${statistic.name}` })),
  ];
  refuse(name, [...mismatches(tensors, targets), ...(optimizer ? strangeSlots(tensors, classifier) : [])]);
  const values = targets.map(({ name: key, variable }) => ({ variable, source: tensors.get(key) }));
  tf.tidy(() => {
    if (optimizer) restoreOptimizer(optimizer, tensors, run.optimizerSteps, name);
    for (const { variable, source } of values) {
      if (source) variable.assign(tensorOf(source, variable.dtype));
    }
  });
}

function mismatches(tensors: Tensors, targets: readonly NamedVariable[]): string[] {
  const wanted = new Set(targets.map(({ name }) => name));
  const wrong = targets.flatMap(({ name, variable }) => {
    const found = tensors.get(name);
    if (!found) return [`'${name}' [${variable.shape.join(', ')}] is missing`];
    return sameShape(found, variable) ? [] : [misshapen(name, found, variable)];
  });
  const extra = [...tensors.keys()].filter((name) => !name.startsWith('optimizer/') && !wanted.has(name));
  return [...wrong, ...extra.map((name) => `'${name}' is not in the model`)];
}

/** Slots are named `optimizer/<slot>/<parameter>` and have their parameter's shape. */
function strangeSlots(tensors: Tensors, { parameters }: Classifier): string[] {
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
    `[@st/core] restoreCheckpoint: ${name}: must fit the model, but ${wrong.slice(0, SHOWN).join('; ')}${more}. Build the model as it was trained: same architecture, widths, classes and layer names.`,
    { argument: 'checkpoint', received: wrong },
  );
}

function restoreOptimizer(optimizer: TrainOptimizer, tensors: Tensors, steps: number, name: string): void {
  const slots = new Map<string, tf.Tensor>();
  for (const [key, source] of tensors) {
    if (key.startsWith('optimizer/')) slots.set(key.slice('optimizer/'.length), tensorOf(source, 'float32'));
  }
  try {
    optimizer.restore({ steps, slots });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(`[@st/core] restoreCheckpoint: ${name}: must fit the optimiser: ${reason}`, {
      argument: 'optimizer',
      cause,
    });
  }
}

function tensorOf({ shape, data }: SafetensorsSource, dtype: tf.DataType): tf.Tensor {
  // BigInt64Array has no tensor type; checkpoints hold none, but a file made by hand may
  const values = data instanceof BigInt64Array ? Float64Array.from(data, Number) : data;
  return tf.tensor(values instanceof Float64Array ? Float32Array.from(values) : values, [...shape], dtype);
}
