import { readSafetensors, writeSafetensors } from '@st/core';
import { decodeCheckpoint, encodeCheckpoint, readJson, type SafetensorsSource } from '@st/core/kit';
import { expectSurvivesMutations } from '@st/testing';
import { expect, it } from 'vitest';

import { mapKeys } from './pretrained/key-map.ts';
import { readWeights } from './pretrained/read-weights.ts';
import { recognizeArchitecture } from './pretrained/recognize-architecture.ts';
import { findStateDict } from './pytorch/find-state-dict.ts';
import { isPytorchTensor, type PytorchValue } from './pytorch/pytorch-value.ts';
import { readPytorch } from './pytorch/read-pytorch.ts';
import { fixture, global, pickle, tensor, text, zip } from './pytorch/test-files.fixture.ts';
import { writePytorch } from './pytorch/write/write-pytorch.ts';
import type { StateTensors } from './weights/state-tensor.ts';

// Tests every reader of weights on mutations of good files: 500 each, or N with `npm run fuzz -- --mutations N`.

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** Throws unless shapes are valid and have as many values as the data. */
function judgeTensors(
  tensors: ReadonlyMap<
    string,
    SafetensorsSource | { readonly shape: readonly number[]; readonly data: ArrayLike<unknown> }
  >,
): void {
  for (const [name, { shape, data }] of tensors) {
    if (shape.some((length) => !Number.isSafeInteger(length) || length < 0)) throw new Error(`${name} of [${shape}]`);
    if (sizeOf(shape) !== data.length) throw new Error(`${name} of [${shape}] with ${data.length} values`);
  }
}

const f32 = (...values: number[]): SafetensorsSource => ({ shape: [values.length], data: Float32Array.from(values) });
const state: StateTensors = new Map([
  ['conv1.weight', { dtype: 'F32', shape: [1, 1, 1, 1], data: Float32Array.of(1) }],
  ['layer1.0.conv1.weight', { dtype: 'F32', shape: [1, 1, 1, 1], data: Float32Array.of(2) }],
  ['bn1.num_batches_tracked', { dtype: 'I64', shape: [], data: BigInt64Array.of(3n) }],
  ['bn1.bias', { dtype: 'F64', shape: [2], data: Float64Array.of(4, 5) }],
] as const);
const safetensors = [
  writeSafetensors(
    new Map([
      ['a', f32(1, 2)],
      ['b', { shape: [], data: BigInt64Array.of(5n) }],
    ]),
    { format: 'pt' },
  ),
  writeSafetensors(
    new Map([
      ['layer1.0.bn1.weight', f32(1)],
      ['u', { shape: [2, 1], data: Uint8Array.of(1, 2) }],
    ]),
  ),
];
const checkpoint = encodeCheckpoint({
  tensors: new Map([
    ['weights/conv1/weight', f32(1)],
    ['statistics/bn1/running_mean', f32(0)],
  ]),
  run: {
    ...{
      epoch: 1,
      step: 2,
      optimizerSteps: 2,
      best: { score: 0.5, epoch: 1 },
      losses: { total: { images: 4, sum: 2 } },
    },
    ...{ backend: 'cpu', settings: { batchSize: 4 }, config: { model: ['x'] } },
    rng: { key: 1, words: [1, 2, 3, 4] },
  },
});
const objects = pickle(
  ...['}(', text('net'), '}(', text('a.w'), ...tensor(4, [2], [2]), 'u', text('args'), global('argparse', 'Namespace')],
  ...[')\x81}b', text('n'), global('numpy.core.multiarray', '_reconstruct'), '(K', 0, 0x85, text('b'), 'tRu'],
);
const zips = [
  writePytorch(state),
  fixture('kinds-zip.pt'),
  zip(objects, { 0: new Uint8Array(16) }),
  zip(objects, { 0: new Uint8Array(16) }, { level: 9 }),
];
const legacy = [fixture('kinds-legacy.pt')];
const MAX_BYTES = 2 ** 24;

function judgeValue(value: PytorchValue): void {
  if (isPytorchTensor(value)) judgeTensors(new Map([['', { shape: value.shape, data: value.read() }]]));
  else if (value instanceof Map) for (const item of value.values()) judgeValue(item);
  else if (Array.isArray(value)) value.forEach(judgeValue);
}

it('safetensors', () =>
  expectSurvivesMutations({
    files: safetensors,
    read: (bytes) => readSafetensors(bytes).tensors,
    judge: judgeTensors,
  }));

it('checkpoints', () =>
  expectSurvivesMutations({
    files: [checkpoint],
    read: (bytes) => decodeCheckpoint(bytes),
    judge: ({ tensors, run }) => {
      judgeTensors(tensors);
      expect(run).toMatchObject({
        epoch: expect.any(Number),
        rng: { words: expect.any(Array) },
        config: expect.any(Object),
      });
    },
  }));

it('JSON', () =>
  expectSurvivesMutations({
    files: ['{"a":[1,{"b":null}],"c":"\\u0061"}', '[[[{"x":1e3}]]]'].map((json) => new TextEncoder().encode(json)),
    read: (bytes) => readJson('[@st/x] y: the file', bytes),
    judge: (value) => void JSON.stringify(value),
  }));

it.each([
  ['zip files of PyTorch', zips],
  ['legacy files of PyTorch', legacy],
  // the checksums of a zip file would reject changes before the unpickler: here only the pickle is changed
  ['pickles', null],
] as const)('%s', (_, files) =>
  expectSurvivesMutations({
    files: files ?? [objects, pickle(']', ...tensor(4, [2, 2], [2, 1]), 'a')],
    read: (bytes) => readPytorch(files ? bytes : zip(bytes, { 0: new Uint8Array(16) }), { maxBytes: MAX_BYTES }).value,
    judge: (value) => {
      try {
        judgeValue(value); // values of tensors are read lazily, so errors may be thrown here
        findStateDict('[@st/models] test', value);
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^ST_(DATA_FORMAT|CHECKPOINT)$/) });
      }
    },
  }),
);

it('weights of any format, including the recognition of the network', () =>
  expectSurvivesMutations({
    files: [...safetensors, ...zips, ...legacy, checkpoint],
    read: (bytes) => {
      const { tensors } = readWeights('[@st/models] test', bytes, { name: 'x', maxBytes: MAX_BYTES });
      return tensors;
    },
    judge: (tensors) => {
      judgeTensors(tensors);
      try {
        recognizeArchitecture('[@st/models] test', mapKeys('[@st/models] test', tensors).network);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ST_CHECKPOINT' }); // no network has these names
      }
    },
  }));
