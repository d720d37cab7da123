import { asClassifier, CheckpointError, createRng, DataFormatError, writeSafetensors } from '@st/core';
import type { SafetensorsTensor } from '@st/core/kit';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import { preactResnet } from '../nets/preact-resnet.ts';
import { resnet } from '../nets/resnet.ts';
import { wideResnet } from '../nets/wide-resnet.ts';
import { loadSafetensors, loadStateDict } from './load-state-dict.ts';
import { stateDict } from './state-dict.ts';
import { stateShapes } from './state-entries.ts';

type State = Map<string, SafetensorsTensor>;

const small = (seed = 0): LayersModel =>
  resnet({ block: 'basic', widths: [2, 3], blocks: [1, 1], classes: 4, inputShape: [8, 8, 3], seed, name: 'small' });
const wide = (seed = 0): LayersModel =>
  wideResnet({ depth: 10, widen: 1, widths: [2, 3, 4], inputShape: [8, 8, 3], seed });
const logits = (model: LayersModel): tf.Tensor =>
  asClassifier(model).logits(createRng(1).uniform<tf.Rank.R4>([2, 8, 8, 3]), 'inference');
const f32 = (shape: number[], value = 0): SafetensorsTensor => ({
  dtype: 'F32',
  shape,
  data: new Float32Array(shape.reduce((size, length) => size * length, 1)).fill(value),
});

async function changed(change: (state: State) => void): Promise<State> {
  const state = await stateDict(small(1));
  change(state);
  return state;
}

describe('stateShapes', () => {
  it('lists the names and shapes of the PyTorch module', () => {
    expect([...stateShapes(small())].map(([name, shape]) => `${name} [${shape}]`)).toEqual([
      'conv1.weight [2,3,3,3]',
      ...['bn1.weight', 'bn1.bias', 'bn1.running_mean', 'bn1.running_var'].map((name) => `${name} [2]`),
      'layer1.0.conv1.weight [2,2,3,3]',
      ...['weight', 'bias', 'running_mean', 'running_var'].map((name) => `layer1.0.bn1.${name} [2]`),
      'layer1.0.conv2.weight [2,2,3,3]',
      ...['weight', 'bias', 'running_mean', 'running_var'].map((name) => `layer1.0.bn2.${name} [2]`),
      'layer2.0.conv1.weight [3,2,3,3]',
      ...['weight', 'bias', 'running_mean', 'running_var'].map((name) => `layer2.0.bn1.${name} [3]`),
      'layer2.0.conv2.weight [3,3,3,3]',
      ...['weight', 'bias', 'running_mean', 'running_var'].map((name) => `layer2.0.bn2.${name} [3]`),
      'layer2.0.shortcut.0.weight [3,2,1,1]',
      ...['weight', 'bias', 'running_mean', 'running_var'].map((name) => `layer2.0.shortcut.1.${name} [3]`),
      'linear.weight [4,3]',
      'linear.bias [4]',
    ]);
  });

  it('has the names of the other families', () => {
    expect([...stateShapes(wide()).keys()]).toContain('block2.layer.0.convShortcut.weight');
    expect([...stateShapes(wide()).keys()]).toContain('fc.weight');
    const preact = preactResnet({ widths: [2, 3], blocks: [1, 1], inputShape: [8, 8, 3] });
    const names = [...stateShapes(preact).keys()].filter((name) => !/running|bias/.test(name));
    expect(names).toEqual([
      'conv1.weight',
      ...['bn1', 'conv1', 'bn2', 'conv2'].map((name) => `layer1.0.${name}.weight`),
      ...['bn1', 'conv1', 'bn2', 'conv2', 'shortcut.0'].map((name) => `layer2.0.${name}.weight`),
      'bn.weight',
      'linear.weight',
    ]);
  });
});

describe('stateDict and loadStateDict', () => {
  it('transfer weights and running statistics to another model', async () => {
    const [from, to] = [small(1), small(2)];
    asClassifier(from)
      .logits(createRng(2).uniform<tf.Rank.R4>([2, 8, 8, 3]), 'batch-tracking')
      .dispose();
    loadStateDict(to, await stateDict(from));
    expectClose(logits(to), logits(from), 0);
    expect(await stateDict(to)).toEqual(await stateDict(from));
  });

  it('use layout OIHW for convolutions and [out, in] for linear weights', async () => {
    const model = small();
    const state = await stateDict(model);
    const kernel = model.getLayer('conv1').getWeights()[0]?.arraySync() as number[][][][];
    // [out 1, in 2, row 0, column 1]
    expect(state.get('conv1.weight')?.data[1 * 27 + 2 * 9 + 0 * 3 + 1]).toBe(kernel[0]?.[1]?.[2]?.[1]);
    const matrix = model.getLayer('linear').getWeights()[0]?.arraySync() as number[][];
    expect(state.get('linear.weight')?.data[3 * 3 + 1]).toBe(matrix[1]?.[3]);
  });

  it('accept names of DataParallel, counters, and doubles', async () => {
    const [from, to] = [small(1), small(2)];
    const prefixed: State = new Map();
    for (const [name, tensor] of await stateDict(from)) {
      prefixed.set(`module.${name}`, { ...tensor, dtype: 'F64', data: Float64Array.from(tensor.data as Float32Array) });
    }
    prefixed.set('module.bn1.num_batches_tracked', { dtype: 'I64', shape: [], data: new BigInt64Array([7n]) });
    loadStateDict(to, prefixed);
    expectClose(logits(to), logits(from), 0);
  });

  it('ignore the unused sub_block1 of published WideResNets', async () => {
    const [from, to] = [wide(1), wide(2)];
    const state = await stateDict(from);
    state.set('sub_block1.layer.0.conv1.weight', f32([2, 2, 3, 3]));
    loadStateDict(to, state);
    expectClose(logits(to), logits(from), 0);
  });

  it('leak no tensor', async () => {
    const model = small();
    const before = tf.memory().numTensors;
    loadStateDict(model, await stateDict(model));
    expect(tf.memory().numTensors).toBe(before);
    expect(countTensors(() => stateShapes(model))).toBe(0);
  });
});

describe('loadStateDict rejects, without changing the model,', () => {
  const HINT = ' Nothing was loaded. Build the model with the architecture, widths and classes of the file.';
  const START = "[@st/models] loadStateDict: the tensors must be those of the model 'small'; ";

  it.each<[string, (state: State) => void, string]>([
    [
      'missing tensors',
      (state) => void ['bn1.bias', 'linear.bias'].map((name) => state.delete(name)),
      "missing: 'bn1.bias', 'linear.bias'.",
    ],
    ['unexpected tensors', (state) => void state.set('fc.bias', f32([4])), "not in the model: 'fc.bias'."],
    [
      'counters and blocks of layers that the model does not have',
      (state) => void ['odd.num_batches_tracked', 'sub_block1.a'].map((name) => state.set(name, f32([]))),
      "not in the model: 'odd.num_batches_tracked', 'sub_block1.a'.",
    ],
    [
      'other shapes, also of the same size',
      (state) => void state.set('linear.weight', f32([3, 4])).set('linear.bias', f32([10])),
      "misshapen: 'linear.weight' is [3, 4], the model needs [4, 3], 'linear.bias' is [10], the model needs [4].",
    ],
    [
      'integers',
      (state) => void state.set('linear.bias', { dtype: 'I32', shape: [4], data: new Int32Array(4) }),
      "misshapen: 'linear.bias' is I32, the model needs floats.",
    ],
    [
      'fewer values than the shape needs',
      (state) => void state.set('linear.bias', { ...f32([3]), shape: [4] }),
      "misshapen: 'linear.bias' holds 3 values, its shape needs 4.",
    ],
    [
      'several kinds at once, with the number of names not shown',
      (state) => {
        state.clear();
        state.set('module.weight', f32([1])).set('weight', f32([1]));
      },
      "missing: 'conv1.weight', 'bn1.weight', 'bn1.bias', 'bn1.running_mean' and 28 more; not in the model: 'module.weight', 'weight'.",
    ],
  ])('%s', async (_, change, message) => {
    const model = small();
    const before = await stateDict(model);
    const state = await changed(change);
    expect(() => loadStateDict(model, state)).toThrow(CheckpointError);
    expect(() => loadStateDict(model, state)).toThrow(START + message + HINT);
    expect(await stateDict(model)).toEqual(before);
  });
});

describe('loadSafetensors', () => {
  it('loads a file of writeSafetensors', async () => {
    const [from, to] = [small(1), small(2)];
    loadSafetensors(to, writeSafetensors(await stateDict(from)));
    expectClose(logits(to), logits(from), 0);
  });

  it('rejects a truncated file, with its name', async () => {
    const bytes = writeSafetensors(await stateDict(small())).subarray(0, -4);
    expect(() => loadSafetensors(small(), bytes)).toThrow(DataFormatError);
    expect(() => loadSafetensors(small(), bytes, 'net.safetensors')).toThrow('net.safetensors');
  });
});
