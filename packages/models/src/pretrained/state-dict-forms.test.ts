import { asClassifier, createRng } from '@st/core';
import { expectClose } from '@st/testing';
import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';

import { preactResnet } from '../nets/preact-resnet.ts';
import { resnet } from '../nets/resnet.ts';
import { wideResnet } from '../nets/wide-resnet.ts';
import { stateDict } from '../weights/state-dict.ts';
import type { StateTensor } from '../weights/state-tensor.ts';
import { type ModelFromStateDictOptions, modelFromStateDict } from './model-from-state-dict.ts';

type State = Map<string, StateTensor>;
type Change = (state: State) => State;

const IMAGES = { inputShape: [8, 8, 3], seed: 3 } as const;
const OPTIONS = { imageSize: [8, 8] } as const;
const NET = { block: 'basic', blocks: [1, 1, 1], widths: [4, 6, 8], classes: 5, ...IMAGES } as const;

const logits = (model: LayersModel): tf.Tensor =>
  asClassifier(model).logits(createRng(5).uniform<tf.Rank.R4>([2, 8, 8, 3]), 'inference');
const vector = (...values: number[]): StateTensor => shaped([values.length], values);
const shaped = (shape: number[], values: number[]): StateTensor => ({
  dtype: 'F32',
  shape,
  data: Float32Array.from(values),
});
const count = (value: bigint): StateTensor => ({ dtype: 'I64', shape: [], data: new BigInt64Array([value]) });
const renamed =
  (rename: (name: string) => string): Change =>
  (state) =>
    new Map([...state].map(([name, tensor]) => [rename(name), tensor]));
const prefixed = (prefix: string): Change => renamed((name) => prefix + name);
const and =
  (...changes: Change[]): Change =>
  (state) =>
    changes.reduce((changed, change) => change(changed), state);
const added =
  (...more: [string, StateTensor][]): Change =>
  (state) =>
    new Map([...state, ...more]);
const floats = ({ data }: StateTensor): number[] => Array.from(data, Number);

/** Replaces every convolution and linear weight by two or three tensors that parametrize it. */
const parametrized =
  (parts: (weight: StateTensor) => Record<string, StateTensor>): Change =>
  (state) =>
    new Map(
      [...state].flatMap(([name, tensor]) =>
        tensor.shape.length > 1
          ? Object.entries(parts(tensor)).map(([part, value]): [string, StateTensor] => [
              name.replace(/weight$/, part),
              value,
            ])
          : [[name, tensor] as [string, StateTensor]],
      ),
    );

let from: LayersModel;
let state: State;
beforeAll(async () => {
  from = resnet(NET);
  asClassifier(from)
    .logits(createRng(2).uniform<tf.Rank.R4>([4, 8, 8, 3]), 'batch-tracking')
    .dispose(); // so that the statistics differ from the initial ones
  state = await stateDict(from);
});

describe('modelFromStateDict loads', () => {
  const perRow = (weight: StateTensor, of: (row: number[]) => number): number[] => {
    const [values, rows] = [floats(weight), weight.shape[0] ?? 1];
    const width = values.length / rows;
    return Array.from({ length: rows }, (_, row) => of(values.slice(row * width, (row + 1) * width)));
  };
  const norm = (row: number[]): number => Math.hypot(...row);
  const twice = (weight: StateTensor): StateTensor =>
    shaped(
      [...weight.shape],
      floats(weight).map((value) => 2 * value),
    );
  const columns = (weight: StateTensor): number => weight.data.length / (weight.shape[0] ?? 1);
  /** With u = e_0 and v = e_0, sigma is the first weight and the normalized weight is w / w_00. */
  const unit = (length: number): StateTensor => vector(1, ...Array(length - 1).fill(0));
  const overFirst = (weight: StateTensor): StateTensor => {
    const [first = 1] = floats(weight);
    return shaped(
      [...weight.shape],
      floats(weight).map((value) => value / first),
    );
  };

  it.each<[string, Change, ModelFromStateDictOptions, string, number]>([
    [
      'AveragedModel',
      and(prefixed('module.'), added(['n_averaged', count(3n)])),
      {},
      '1 counters of averaged weights',
      0,
    ],
    [
      'a compiled submodule',
      renamed((name) => name.replace('layer1.', 'layer1._orig_mod.')),
      {},
      "names without '_orig_mod.' inside",
      0,
    ],
    ['a compiled network in DataParallel', prefixed('_orig_mod.module.'), {}, "names without '_orig_mod.module.'", 0],
    ['three nested DataParallel', prefixed('module.module.module.'), {}, "names without 'module.module.module.'", 0],
    [
      'a submodule in DataParallel',
      renamed((name) => name.replace('layer2.0.', 'layer2.module.0.')),
      {},
      "names without 'module.' inside",
      0,
    ],
    [
      'FSDP',
      renamed((name) => `_fsdp_wrapped_module.${name.replace('layer1.0.', 'layer1.0._fsdp_wrapped_module.')}`),
      {},
      '',
      0,
    ],
    [
      'torchvision’s and timm’s names',
      renamed((name) => name.replace('linear.', 'fc.').replace('shortcut.', 'downsample.')),
      {},
      "read 'downsample.' as 'shortcut.' and 'fc.' as 'linear.', torchvision's names",
      0,
    ],
    [
      'a head outside the backbone',
      renamed((name) => (name.startsWith('linear.') ? name.replace('linear.', 'head.') : `backbone.${name}`)),
      {},
      "read 'head.weight' as 'linear.weight'",
      0,
    ],
    [
      'a head with the usual name outside the backbone',
      renamed((name) => (name.startsWith('linear.') ? name : `backbone.${name}`)),
      {},
      "read 'linear.weight' as",
      0,
    ],
    [
      'a Sequential as classifier',
      renamed((name) => name.replace('linear.', 'fc.1.')),
      {},
      "read 'fc.1.weight' as 'linear.weight'",
      0,
    ],
    [
      'a network without the second head, by leaveOut',
      added(['rot.weight', shaped([4, 8], Array(32).fill(1))], ['rot.bias', vector(0, 0, 0, 0)]),
      { leaveOut: ['rot.*'] },
      "left out 'rot.weight', 'rot.bias'",
      0,
    ],
    [
      'a network without the criterion, by a regular expression',
      and(prefixed('model.'), added(['criterion.weight', vector(1, 1)])),
      { leaveOut: [/^criter/g] },
      "left out 'criterion.weight'",
      0,
    ],
    [
      'a network without the criterion, by prefix',
      and(prefixed('model.'), added(['criterion.weight', vector(1, 1)])),
      { prefix: 'model' },
      "left out 'criterion.weight'",
      0,
    ],
    [
      'the student of a file with its teacher',
      (s) =>
        new Map([
          ...prefixed('teacher.')(parametrized((weight) => ({ weight: twice(weight) }))(s)),
          ...prefixed('student.')(s),
        ]),
      { prefix: 'student.' },
      "left out 'teacher.conv1.weight'",
      0,
    ],
    [
      'the network of a file with its EMA',
      (s) => new Map([...s, ...prefixed('ema.')(parametrized((weight) => ({ weight: twice(weight) }))(s))]),
      { prefix: '' },
      "left out 'ema.conv1.weight'",
      0,
    ],
    [
      'the EMA of a file with its network',
      (s) => new Map([...parametrized((weight) => ({ weight: twice(weight) }))(s), ...prefixed('module.ema.')(s)]),
      { prefix: 'ema' },
      "left out 'conv1.weight'",
      0,
    ],
    [
      'weight normalization',
      parametrized((weight) => ({
        weight_g: shaped([weight.shape[0] ?? 0, ...weight.shape.slice(1).map(() => 1)], perRow(weight, norm)),
        weight_v: twice(weight),
      })),
      {},
      'of weight normalization',
      1e-5,
    ],
    [
      'weight normalization as a parametrization',
      parametrized((weight) => ({
        'parametrizations.weight.original0': shaped([weight.shape[0] ?? 0], perRow(weight, norm)),
        'parametrizations.weight.original1': twice(weight),
      })),
      {},
      'of weight normalization',
      1e-5,
    ],
    [
      'pruned weights',
      parametrized((weight) => ({
        weight_orig: weight,
        weight_mask: shaped(
          [...weight.shape],
          floats(weight).map(() => 1),
        ),
      })),
      {},
      'of pruning',
      0,
    ],
    [
      'doubles',
      (s) =>
        new Map(
          [...s].map(([name, tensor]) => [name, { ...tensor, dtype: 'F64', data: Float64Array.from(floats(tensor)) }]),
        ),
      {},
      '',
      0,
    ],
  ])('%s', (_, change, options, line, tolerance) => {
    const { model, recognized } = modelFromStateDict(change(state), { ...OPTIONS, ...options });
    expect(recognized.line).toContain(line);
    expectClose(logits(model), logits(from), tolerance);
    model.dispose();
  });

  it('spectral normalization: w / u^T w v', () => {
    const spectral = parametrized((weight) => ({
      weight_orig: weight,
      weight_u: unit(weight.shape[0] ?? 0),
      weight_v: unit(columns(weight)),
    }));
    const { model } = modelFromStateDict(spectral(state), OPTIONS);
    const wanted = modelFromStateDict(parametrized((weight) => ({ weight: overFirst(weight) }))(state), OPTIONS);
    expectClose(logits(model), logits(wanted.model), 1e-5);
  });
});

describe('modelFromStateDict rejects, with a fitting message,', () => {
  const resnext: Change = (s) =>
    new Map([
      ...s,
      ['layer1.0.conv3.weight', shaped([16, 4, 1, 1], Array(64).fill(0))],
      ['layer1.0.conv2.weight', shaped([4, 2, 3, 3], Array(72).fill(0))],
    ]);
  const without =
    (pattern: RegExp): Change =>
    (s) =>
      new Map([...s].filter(([name]) => !pattern.test(name)));

  it.each<[string, Change, ModelFromStateDictOptions, string]>([
    [
      'unexpected tensors, naming the option leaveOut',
      added(['rot.weight', vector(1)], ['rot.bias', vector(1)]),
      {},
      "not in the model: 'rot.weight', 'rot.bias'. Nothing was loaded. If the output does not depend on them, load without them: leaveOut: ['rot.*'].",
    ],
    [
      'a criterion, naming both options',
      and(prefixed('model.'), added(['criterion.weight', vector(1)])),
      {},
      "leaveOut: ['criterion.weight'], or prefix: 'model.'.",
    ],
    [
      'a second head with the name of the network’s head',
      and(prefixed('model.'), added(['linear.weight', vector(1)])),
      {},
      "not in the model: 'linear.weight'.",
    ],
    [
      'two networks, naming the option prefix',
      (s) => new Map([...prefixed('teacher.')(s), ...prefixed('student.')(s)]),
      {},
      "the tensors belong to 2 networks, with the prefixes 'teacher.', 'student.'. Choose one by an option: prefix: 'student.'.",
    ],
    [
      'a network and its copy under module.',
      (s) => new Map([...s, ...prefixed('module.')(s)]),
      {},
      "with the prefixes '', 'module.'.",
    ],
    [
      'a prefix that no network has',
      prefixed('model.'),
      { prefix: 'student.' },
      "prefix must be the prefix of a network's names, one of 'model.', got 'student.'.",
    ],
    [
      'a pattern that matches no tensor',
      (s) => s,
      { leaveOut: ['critrion.*'] },
      "leaveOut 'critrion.*' must match a tensor, but the names are 'conv1.weight', ",
    ],
    [
      'a single output',
      (s) => new Map([...s, ['linear.weight', shaped([1, 8], Array(8).fill(1))], ['linear.bias', vector(0)]]),
      {},
      "the network has a single output, 'linear.weight' [1, 8], but a classifier needs one output per class.",
    ],
    [
      'NaN',
      (s) => new Map([...s, ['linear.bias', vector(Number.NaN, 0, 0, Number.POSITIVE_INFINITY, 0)]]),
      {},
      "weights must be finite in float32 and variances >= 0; 'linear.bias' holds NaN and 1 more.",
    ],
    [
      'doubles beyond float32',
      (s) => new Map([...s, ['linear.bias', { dtype: 'F64', shape: [5], data: Float64Array.of(1e300, 0, 0, 0, 0) }]]),
      {},
      "'linear.bias' holds 1e+300",
    ],
    [
      'a negative variance',
      (s) => new Map([...s, ['bn1.running_var', vector(-0.5, 1, 1, 1)]]),
      {},
      "'bn1.running_var' holds -0.5",
    ],
    [
      'integers',
      (s) => new Map([...s, ['linear.bias', { dtype: 'I32', shape: [5], data: new Int32Array(5) }]]),
      {},
      "'linear.bias' is I32, the model needs floats",
    ],
    ['a ResNeXt', resnext, {}, 'the tensors are those of a ResNeXt (grouped convolutions), which is not supported.'],
    [
      'torchvision’s wide_resnet50_2',
      added(['layer1.0.conv3.weight', shaped([8, 4, 1, 1], Array(32).fill(0))]),
      {},
      "the tensors are those of torchvision's wide_resnet50_2",
    ],
    [
      'squeeze and excitation',
      added(['layer1.0.se.fc1.weight', vector(1)]),
      {},
      'the tensors are those of an SE-ResNet',
    ],
    ['a deep stem', added(['conv1.0.weight', vector(1)]), {}, 'the tensors are those of a ResNet with a deep stem'],
    [
      'convolutions with biases',
      added(['layer1.0.conv1.bias', vector(1, 1, 1, 1)]),
      {},
      'the tensors are those of a network whose convolutions have biases',
    ],
    [
      'shortcuts without weights',
      without(/shortcut/),
      {},
      'shortcuts have no weights where the width changes (option A',
    ],
    [
      'a network without statistics',
      without(/running/),
      {},
      'the tensors are those of a network without running statistics',
    ],
    [
      'a 5x5 stem',
      (s) => new Map([...s, ['conv1.weight', shaped([4, 3, 5, 5], Array(300).fill(0))]]),
      {},
      'the first convolution must be 3x3, or 7x7 with the filters of the first stage (4), got 5x5 with 4.',
    ],
    [
      'a classifier of larger images, naming their size',
      (s) => new Map([...s, ['linear.weight', shaped([5, 32], Array(160).fill(0))]]),
      {},
      'the classifier takes 4 averages per feature (its weights have 32 columns for 8 features), but images of 8 x 8 give another number. Pass imageSize: [32, 32], the size of its images.',
    ],
    ['a pool window that does not fit', (s) => s, { pool: 4 }, 'the classifier takes 1 averages per feature'],
  ])('%s', (_, change, options, message) => {
    const attempt = () => modelFromStateDict(change(state), { ...OPTIONS, ...options });
    expect(attempt).toThrow(/^\[@st\/models\] modelFromStateDict: /);
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow('The file is damaged');
  });

  it('a PreActResNet without a last batch normalization, unless projects is given', async () => {
    const preact = preactResnet({ blocks: [1, 1], widths: [4, 6], head: 'plain', ...IMAGES });
    const weights = await stateDict(preact);
    expect(() => modelFromStateDict(weights, OPTIONS)).toThrow(
      "two PreActResNets without a last batch normalization are published, with the same tensors. Pass projects: 'activated' for pytorch-cifar's",
    );
    expectClose(logits(modelFromStateDict(weights, { ...OPTIONS, projects: 'activated' }).model), logits(preact), 0);
  });
});

describe('modelFromStateDict reads buffers of normalization', () => {
  const mean = [0.5, 0.4, 0.25];
  const std = [0.25, 0.2, 0.5];
  const gray = (values: number[]): number[] => values.map((value) => 255 * value);
  const inUnits = (): LayersModel => {
    const model = resnet({ ...NET, normalization: { mean, std } });
    const loaded = modelFromStateDict(state, { ...OPTIONS, normalization: { mean, std } }).model;
    model.setWeights(loaded.getWeights());
    return model;
  };

  it.each<[string, string, number[], string, number[], number[], string]>([
    [
      'in grey levels',
      '0.mean',
      gray(mean),
      '0.std',
      gray(std),
      [1, 3, 1, 1],
      "'0.mean' and '0.std' are in grey levels of 0 to 255 and were divided by 255",
    ],
    [
      'with a variance',
      'normalize.mean',
      mean,
      'normalize.var',
      std.map((value) => value ** 2),
      [3],
      'std is the square root of the variance in the file',
    ],
    ['under other names', 'pixel_mean', mean, 'pixel_std', std, [3, 1, 1], 'from the file'],
    ['under the names mu and sigma', 'norm.mu', mean, 'norm.sigma', std, [1, 3, 1, 1], 'from the file'],
  ])('%s', (_, meanName, means, stdName, deviations, shape, line) => {
    const file = new Map([
      ...prefixed('1.')(state),
      [meanName, shaped(shape, means)],
      [stdName, shaped(shape, deviations)],
    ]);
    const { model, recognized } = modelFromStateDict(file, OPTIONS);
    expectClose(logits(model), logits(inUnits()), 1e-5);
    expect(recognized.line).toContain(line);
  });

  it('but rejects different units, and warns of a small std', () => {
    const file = (deviation: number) => new Map([...state, ['mean', vector(0.5)], ['std', vector(deviation)]]) as State;
    expect(() => modelFromStateDict(file(63), OPTIONS)).toThrow(
      "'mean' and 'std' must have the same unit, [0, 1] or grey levels of 0 to 255, got mean (0.5, 0.5, 0.5) and std (63, 63, 63). Pass normalization",
    );
    expect(modelFromStateDict(file(0.0625), OPTIONS).recognized.warnings.join()).toContain('if it is a variance');
  });
});

describe('modelFromStateDict chooses the pool', () => {
  const built = (side: number, pool: 'global' | number): LayersModel =>
    resnet({ ...NET, inputShape: [side, side, 3], pool });

  it('and the image size by the number of averages per feature', async () => {
    const weights = await stateDict(built(32, 4)); // 32 / 2 / 2 = 8 = 2 windows of 4
    const { recognized, model } = modelFromStateDict(weights);
    expect(recognized).toMatchObject({
      pool: 4,
      imageSize: [32, 32],
      warnings: [expect.stringContaining('normalized')],
    });
    const x = createRng(5).uniform<tf.Rank.R4>([2, 32, 32, 3]);
    expectClose(model.predict(x) as tf.Tensor, built(32, 4).predict(x) as tf.Tensor, 0);
  });

  it('as published with a warning, or global for torchvision’s names, if the columns fit both', async () => {
    const weights = await stateDict(built(20, 4)); // 5 x 5 features, a window of 4 x 4
    const of = (options: ModelFromStateDictOptions, names: Change = (s) => s) =>
      modelFromStateDict(names(weights), { imageSize: [20, 20], ...options }).recognized;
    expect(of({}).pool).toBe(4);
    expect(of({}).warnings).toContain(
      "averages 4 x 4 of the 5 x 5 features, as published code does: pass pool: 'global' if yours averages all",
    );
    expect(of({ pool: 'global' })).toMatchObject({ pool: 'global', warnings: [expect.any(String)] });
    expect(
      of(
        {},
        renamed((name) => name.replace('linear.', 'fc.')),
      ).pool,
    ).toBe('global');
    expect(of({ imageSize: [null, null] }).pool).toBe('global');
    expect(of({ imageSize: [16, 16] }).pool).toBe('global'); // 4 x 4: the same
  });

  it('of 8 x 8 windows for a WideResNet', async () => {
    const wide = wideResnet({ depth: 10, widen: 1, widths: [2, 3, 4], inputShape: [40, 40, 3] });
    expect(modelFromStateDict(await stateDict(wide), { imageSize: [40, 40] }).recognized.pool).toBe(8);
  });
});
