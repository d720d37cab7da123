import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@st/core';
import type { SafetensorsTensor } from '@st/core/kit';
import { loadPretrained, readPytorch, type StateTensors } from '@st/models';
import { findStateDict, type PytorchValue } from '@st/models/parts';
import * as tf from '@tensorflow/tfjs-core';

import { BOUNDS } from './bounds.ts';
import type { FolderChecker } from './checker.ts';
import { relativeError } from './compare.ts';
import { type Golden, goldenOf } from './golden.ts';
import { imagesOf } from './images.ts';
import type { Report } from './report.ts';

/** The refusal that a file's name announces. Files with other names are good. */
const REFUSALS: readonly Refusal[] = [
  // a pickle that would run a command: the error names it
  { pattern: /^malicious_/, code: 'ST_DATA_FORMAT', says: /names '[^']+'\. Nothing was run/ },
  {
    pattern: /^(truncated|oversized|cyclic|bomb|zip_bomb|corrupt|damaged|foreign|garbage|empty)(_|\.)/,
    code: 'ST_DATA_FORMAT',
    says: /./,
  },
  { pattern: /^wrong_shape/, code: 'ST_CHECKPOINT', says: /misshapen: '/ },
  { pattern: /^missing_key/, code: 'ST_CHECKPOINT', says: /missing/ },
];

type Refusal = { readonly pattern: RegExp; readonly code: string; readonly says: RegExp };

const EXPECTED = 'expected.safetensors';

/** Relative error of values rounded to half precision before saving: half a unit in the last place. */
const HALF_BOUNDS: Readonly<Record<string, number>> = { F16: 2 ** -11, BF16: 2 ** -8 };

/**
 * A folder of PyTorch files. Good ones must hold the tensors, optimizer state and values of `expected.safetensors`, and the network recognized in them
 * must give its logits. Those named as bad must be refused, with the right class of error and message.
 */
export const checkCheckpoints: FolderChecker = async (folder, name, report) => {
  const expected = goldenOf(`${name}/${EXPECTED}`, readSafetensors(readFileSync(join(folder, EXPECTED)), EXPECTED));
  for (const file of readdirSync(folder).sort()) {
    if (!/\.(pt|pth|bin|ckpt)$/.test(file)) continue;
    const bytes = readFileSync(join(folder, file));
    const refusal = REFUSALS.find(({ pattern }) => pattern.test(file));
    if (refusal) await checkRefused(report, file, { bytes, refusal });
    else await checkGood(report, file, { bytes, expected });
  }
};

async function checkRefused(
  report: Report,
  file: string,
  { bytes, refusal }: { readonly bytes: Uint8Array; readonly refusal: Refusal },
): Promise<void> {
  const outcome = await loadPretrained(bytes).then(
    ({ model }) => {
      model.dispose();
      return { isRight: false, note: 'was loaded' };
    },
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      const isRight = code === refusal.code && refusal.says.test(message);
      return { isRight, note: `${error instanceof Error ? error.name : 'no error'}: ${message.slice(0, 160)}` };
    },
  );
  report.check(`${file} refused`, outcome.isRight ? 0 : 1, 0, outcome.note);
}

async function checkGood(
  report: Report,
  file: string,
  { bytes, expected }: { readonly bytes: Uint8Array; readonly expected: Golden },
): Promise<void> {
  try {
    const { value } = readPytorch(bytes, { name: file });
    const { tensors } = findStateDict('[@st/conformance] checkCheckpoints', value);
    checkState(report, file, { tensors, expected: expected.under('state') });
    checkOptimizer(report, file, { value, tensors, expected });
    checkValues(report, file, { value, expected });
    await checkLogits(report, file, { bytes, tensors, expected });
  } catch (error) {
    report.check(`${file} read`, Number.POSITIVE_INFINITY, 0, error instanceof Error ? error.message : String(error));
  }
}

const withoutPrefix = (name: string): string => name.replace(/^module\./, '');

/** Compares every value exactly, except those rounded to half precision. A tensor that is missing on one side counts as an infinite error. */
function checkState(
  report: Report,
  file: string,
  { tensors, expected }: { readonly tensors: StateTensors; readonly expected: ReadonlyMap<string, SafetensorsTensor> },
): void {
  const wanted = new Map([...expected].map(([name, tensor]) => [withoutPrefix(name), tensor]));
  const actual = new Map([...tensors].map(([name, tensor]) => [withoutPrefix(name), tensor]));
  let [worst, bound, worstName] = [0, 0, 'none'];
  for (const name of new Set([...wanted.keys(), ...actual.keys()])) {
    const [a, e] = [actual.get(name), wanted.get(name)];
    const isSame = a && e && `${a.shape}` === `${e.shape}`;
    const error = isSame ? relativeError(numbers(a.data), numbers(e.data)) : Number.POSITIVE_INFINITY;
    const allowed = (a && HALF_BOUNDS[a.dtype]) ?? 0;
    if (error - allowed > worst - bound || worstName === 'none') [worst, bound, worstName] = [error, allowed, name];
  }
  report.check(`${file} state`, worst, bound, `${wanted.size} tensors, worst ${worstName}`);
}

const numbers = (data: ArrayLike<number | bigint>): Float64Array => Float64Array.from(data, Number);

/** The optimizer's momentum, by the index of the parameter, and its settings. */
function checkOptimizer(
  report: Report,
  file: string,
  {
    value,
    tensors,
    expected,
  }: { readonly value: PytorchValue; readonly tensors: StateTensors; readonly expected: Golden },
): void {
  const optimizer = at(value, 'opt_state_dict') ?? at(value, 'optimizer') ?? at(value, 'optimizer_state_dict');
  if (optimizer === undefined) return;
  const parameters = [...tensors.keys()].filter(
    (name) => !/\.(running_mean|running_var|num_batches_tracked)$/.test(name),
  );
  const wanted = new Map([...expected.under('momentum')].map(([name, tensor]) => [withoutPrefix(name), tensor]));
  const errors = parameters.map((name, index) => {
    const momentum = at(at(at(optimizer, 'state'), index), 'momentum_buffer');
    const reference = wanted.get(withoutPrefix(name));
    const isTensor = typeof momentum === 'object' && momentum !== null && 'read' in momentum;
    return isTensor && reference
      ? relativeError(numbers(momentum.read()), numbers(reference.data))
      : Number.POSITIVE_INFINITY;
  });
  report.check(`${file} momentum`, Math.max(...errors), 0, `${errors.length} tensors`);
  const groups = expected.setting('param_groups');
  if (groups === undefined) return;
  const isSame = JSON.stringify(asJson(at(optimizer, 'param_groups') ?? null)) === JSON.stringify(JSON.parse(groups));
  report.check(`${file} param_groups`, isSame ? 0 : 1, 0);
}

/** The numbers beside the weights. */
function checkValues(
  report: Report,
  file: string,
  { value, expected }: { readonly value: PytorchValue; readonly expected: Golden },
): void {
  for (const key of ['epoch', 'clean_acc']) {
    const found = at(value, key);
    if (found === undefined || expected.setting(key) === undefined) continue;
    report.check(`${file} ${key}`, Math.abs(Number(found) - expected.number(key)), 0);
  }
  const accuracy = at(value, 'robust_acc');
  if (typeof accuracy === 'object' && accuracy !== null && 'read' in accuracy && expected.has('robust_acc')) {
    report.check(`${file} robust_acc`, relativeError(numbers(accuracy.read()), expected.values('robust_acc')), 0);
  }
}

async function checkLogits(
  report: Report,
  file: string,
  {
    bytes,
    tensors,
    expected,
  }: { readonly bytes: Uint8Array; readonly tensors: StateTensors; readonly expected: Golden },
): Promise<void> {
  if ([...tensors.values()].some(({ dtype }) => dtype in HALF_BOUNDS)) {
    report.skip(
      `${file} logits`,
      'its weights are rounded to half precision; the reference logits are those of the weights before rounding',
    );
    return;
  }
  const [, , height = 0, width = 0] = expected.tensor('x').shape;
  const { model, classifier, recognized } = await loadPretrained(bytes, { imageSize: [height, width] });
  const logits = tf.tidy(() => classifier.logits(imagesOf(expected, 'x'), 'inference').dataSync().slice());
  model.dispose();
  report.check(`${file} logits`, relativeError(logits, expected.values('logits_eval')), BOUNDS.values, recognized.name);
}

/** The item of a dict; undefined if the value is not a dict or lacks the key. */
function at(value: PytorchValue | undefined, key: string | number): PytorchValue | undefined {
  return value instanceof Map ? (value as ReadonlyMap<string | number, PytorchValue>).get(key) : undefined;
}

function asJson(value: PytorchValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), asJson(item)]));
  return Array.isArray(value) ? value.map(asJson) : value;
}
