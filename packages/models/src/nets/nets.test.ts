import { asClassifier, createRng, InvalidArgumentError } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import { dmPreactResnet } from './dm-preact-resnet.ts';
import { dmWideResnet } from './dm-wide-resnet.ts';
import { preactResnet, preactResnet18 } from './preact-resnet.ts';
import { resnet, resnet18, resnet34, resnet50 } from './resnet.ts';
import { wideResnet } from './wide-resnet.ts';

const SMALL: Readonly<Record<string, (options?: object) => LayersModel>> = {
  'basic ResNet': (options) =>
    resnet({ block: 'basic', widths: [3, 4], blocks: [1, 2], inputShape: [8, 8, 3], ...options }),
  'bottleneck ResNet': (options) =>
    resnet({ block: 'bottleneck', widths: [2, 3], blocks: [1, 1], stem: 3, inputShape: [8, 8, 3], ...options }),
  PreActResNet: (options) => preactResnet({ widths: [3, 4], blocks: [2, 1], inputShape: [8, 8, 3], ...options }),
  WideResNet: (options) => wideResnet({ depth: 10, widen: 1, widths: [2, 3, 4], inputShape: [8, 8, 3], ...options }),
  'basic ResNet with SiLU': (options) =>
    resnet({ block: 'basic', widths: [3, 4], blocks: [1, 1], inputShape: [8, 8, 3], activation: 'silu', ...options }),
  DMWideResNet: (options) =>
    dmWideResnet({ depth: 10, widen: 1, widths: [2, 3, 4], inputShape: [8, 8, 3], ...options }),
  DMPreActResNet: (options) => dmPreactResnet({ widths: [3, 4], blocks: [1, 2], inputShape: [8, 8, 3], ...options }),
};

const images = (size = 8): tf.Tensor4D => createRng(1).uniform<tf.Rank.R4>([2, size, size, 3]);

function trainableCount(model: LayersModel): number {
  const count = model.trainableWeights.reduce(
    (sum, weight) => sum + tf.util.sizeFromShape(weight.shape as number[]),
    0,
  );
  model.dispose();
  return count;
}

describe('published sizes', () => {
  it.each([
    ['resnet18', () => resnet18(), 11_173_962],
    ['resnet34', () => resnet34(), 21_282_122],
    ['resnet50', () => resnet50(), 23_520_842],
    ['preactResnet18', () => preactResnet18(), 11_172_170],
    // the published counts are 14 432 and 121 248 higher, because they include the unused sub_block1
    ['WRN-10-2', () => wideResnet({ depth: 10, widen: 2 }), 303_706],
    ['WRN-16-4', () => wideResnet({ depth: 16, widen: 4 }), 2_748_890],
    ['DMWideResNet-10-2', () => dmWideResnet({ depth: 10, widen: 2 }), 303_706],
    ['DMPreActResNet-18', () => dmPreactResnet({ blocks: [2, 2, 2, 2] }), 12_548_426],
  ])('%s has the parameters of its PyTorch module', (_, build, count) => {
    expect(trainableCount(build())).toBe(count);
  });

  it('accepts another class count and other widths', () => {
    expect(trainableCount(resnet18({ classes: 100 }))).toBe(11_173_962 + 90 * 513);
    expect(trainableCount(resnet18({ widths: [8, 8, 8, 8], stem: 8 }))).toBeLessThan(20_000);
  });
});

describe.each(Object.entries(SMALL))('%s', (_, build) => {
  it('maps images to logits, and prints a summary', () => {
    const model = build({ classes: 7, name: 'net' });
    expect((model.predict(images()) as tf.Tensor).shape).toEqual([2, 7]);
    const lines: string[] = [];
    model.summary(100, undefined, (line) => lines.push(String(line)));
    expect(lines.join('\n')).toContain('StBatchNorm');
    expect(lines.join('\n')).toContain(`Total params: ${model.countParams()}`);
  });

  it('has the same names, weights and modes after saving and loading', async () => {
    const model = build({ seed: 3 });
    asClassifier(model).logits(images(), 'batch-tracking').dispose(); // so that the statistics differ from the initial ones
    const saved: tf.io.ModelArtifacts[] = [];
    const handler = tf.io.withSaveHandler(async (artifacts) => {
      saved.push(artifacts);
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    });
    await model.save(handler);
    const [artifacts] = saved;
    const json: tf.io.ModelArtifacts = JSON.parse(JSON.stringify({ ...artifacts, weightData: undefined })); // as a file holds it
    const loaded = await loadLayersModel(
      tf.io.fromMemory({ ...json, weightData: artifacts?.weightData ?? new ArrayBuffer(0) }),
    );
    expect(loaded.name).toBe(model.name);
    expect(loaded.weights.map((weight) => weight.originalName)).toEqual(
      model.weights.map((weight) => weight.originalName),
    );
    for (const mode of ['inference', 'batch-frozen'] as const) {
      expectClose(asClassifier(loaded).logits(images(), mode), asClassifier(model).logits(images(), mode), 0);
    }
  });

  it('has a gradient with respect to images in every mode, and leaks no tensor', () => {
    const classifier = asClassifier(build());
    const x = images();
    for (const mode of ['inference', 'batch-frozen', 'batch-tracking'] as const) {
      const gradient = tf.grad((at) => tf.sum(tf.square(classifier.logits(at as tf.Tensor4D, mode))));
      expect(countTensors(() => gradient(x).dispose())).toBe(0);
      const size = tf.tidy(() => tf.max(tf.abs(gradient(x))).dataSync()[0]);
      expect(size).toBeGreaterThan(0);
      expect(Number.isFinite(size)).toBe(true);
    }
  });

  it('updates its running statistics only in mode batch-tracking', () => {
    const classifier = asClassifier(build());
    const values = (): number[] => classifier.statistics.flatMap(({ variable }) => [...variable.dataSync()]);
    const before = values();
    classifier.logits(images(), 'batch-frozen').dispose();
    classifier.logits(images(), 'inference').dispose();
    expect(values()).toEqual(before);
    classifier.logits(images(), 'batch-tracking').dispose();
    values().forEach((value, i) => {
      expect(value).not.toBe(before[i]);
    });
  });

  it('has initial weights that depend on the seed', () => {
    const logits = (seed: number): tf.Tensor => asClassifier(build({ seed })).logits(images(), 'inference');
    expectClose(logits(5), logits(5), 0);
    expect([...logits(6).dataSync()]).not.toEqual([...logits(5).dataSync()]);
  });

  it('normalizes images in its first layer with the option normalization', () => {
    const statistics = { mean: [0.5, 0.4, 0.3], std: [0.25, 0.2, 0.5] };
    const normalized = tf.div(tf.sub(images(), statistics.mean), statistics.std) as tf.Tensor4D;
    const inside = asClassifier(build({ normalization: statistics })).logits(images(), 'batch-frozen');
    expectClose(inside, asClassifier(build()).logits(normalized, 'batch-frozen'));
  });

  it('accepts images of any size with inputShape [null, null, 3]', () => {
    const model = build({ inputShape: [null, null, 3] });
    const classifier = asClassifier(model);
    expect(classifier.imageShape).toEqual([null, null, 3]);
    const sizes = model.layers[1]?.name === 'init_conv' ? [8, 12] : [8, 9, 12]; // PyTorch's DMWideResNet fails on 9 too
    for (const size of sizes) expect(classifier.logits(images(size), 'inference').shape).toEqual([2, 10]);
  });

  it('frees all tensors in dispose', () => {
    expect(countTensors(() => build().dispose())).toBe(0);
  });
});

describe('pool', () => {
  const built = (side: number, pool: 'global' | number): LayersModel =>
    resnet({ block: 'basic', widths: [2, 3], blocks: [1, 1], inputShape: [side, side, 3], seed: 3, pool });

  it('over windows equals the global pool if the window is the whole map', () => {
    const logits = (model: LayersModel): tf.Tensor => asClassifier(model).logits(images(8), 'inference');
    expectClose(logits(built(8, 4)), logits(built(8, 'global')), 0);
  });

  it('over windows returns one average per feature and window', () => {
    const last = (side: number, pool: number): number =>
      (built(side, pool).getLayer('pool').outputShape as number[])[1] ?? 0;
    expect([last(10, 4), last(16, 4), last(24, 4)]).toEqual([3, 4 * 3, 9 * 3]);
  });

  it('is kept by saving and loading', async () => {
    const model = built(16, 4);
    const saved: tf.io.ModelArtifacts[] = [];
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved.push(artifacts);
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    const [artifacts = {}] = saved;
    const loaded = await loadLayersModel(tf.io.fromMemory(artifacts));
    const x = images(16);
    expectClose(loaded.predict(x) as tf.Tensor, model.predict(x) as tf.Tensor, 0);
  });
});

describe('stem', () => {
  it("'imagenet' halves the size twice, and has the parameters of torchvision's modules", () => {
    expect(trainableCount(resnet18({ stem: 'imagenet', inputShape: [224, 224, 3], classes: 1000 }))).toBe(11_689_512);
    expect(trainableCount(resnet50({ stem: 'imagenet', inputShape: [224, 224, 3], classes: 1000 }))).toBe(25_557_032);
    const model = resnet({ block: 'basic', widths: [2], blocks: [1], stem: 'imagenet', inputShape: [35, 64, 3] });
    expect(model.getLayer('maxpool').outputShape).toEqual([null, 9, 16, 2]);
  });
});

describe('options', () => {
  it.each<[string, (options: never) => LayersModel, unknown, string]>([
    ['resnet18', resnet18, 100, 'got 100. Write resnet18({ classes: 100 }).'],
    ['resnet34', resnet34, 'cifar', "got 'cifar'. Write resnet34({ classes: 10 })."],
    ['resnet50', resnet50, null, 'got null. Write resnet50({ classes: 10 }).'],
    ['preactResnet18', preactResnet18, [10], 'got [10]. Write preactResnet18({ classes: 10 }).'],
    ['resnet', resnet, undefined, "Write resnet({ block: 'basic', blocks: [2, 2, 2, 2], classes: 10 })."],
    ['preactResnet', preactResnet, 18, 'got 18. Write preactResnet({ blocks: [2, 2, 2, 2], classes: 18 }).'],
    ['wideResnet', wideResnet, undefined, 'got undefined. Write wideResnet({ depth: 34, widen: 10, classes: 10 }).'],
    ['dmWideResnet', dmWideResnet, 34, 'Write dmWideResnet({ depth: 28, widen: 10, classes: 34 }).'],
    ['dmPreactResnet', dmPreactResnet, null, 'Write dmPreactResnet({ blocks: [2, 2, 2, 2], classes: 10 }).'],
    ['resnet18', resnet18, Promise.resolve({}), 'options must be an object, got a promise.'],
  ])('of %s must be an object: %#', (name, build, options, message) => {
    const attempt = () => build(options as never);
    expect(attempt).toThrow(InvalidArgumentError);
    expect(attempt).toThrow(`[@st/models] ${name}: options must be an object, `);
    expect(attempt).toThrow(message);
  });

  it.each([
    [() => resnet18({ classes: 1 }), '[@st/models] resnet18: classes must be an integer >= 2, got 1.'],
    [() => resnet18({ seed: -1 }), '[@st/models] resnet18: seed must be an integer in [0, 9007199254740991], got -1.'],
    [
      () => resnet18({ inputShape: [32, 0, 3] }),
      '[@st/models] resnet18: inputShape must be [height, width, channels] of integers >= 1 (null height and width: any), got [32, 0, 3].',
    ],
    [() => resnet18({ widths: [8, 8] }), '[@st/models] resnet18: blocks must be 2 integers >= 1, got [2, 2, 2, 2].'],
    [() => resnet18({ widths: [] }), '[@st/models] resnet18: widths must be a list of integers >= 1, got [].'],
    [() => resnet18({ stem: 0 }), '[@st/models] resnet18: stem must be an integer >= 1, got 0.'],
    [
      () => resnet({ block: 'basic', blocks: [1, 1.5, 1, 1] }),
      '[@st/models] resnet: blocks[1] must be an integer in [1, 20000], got 1.5.',
    ],
    [
      () => resnet({ block: 'wide' as 'basic', blocks: [1, 1, 1, 1] }),
      "[@st/models] resnet: block must be one of 'basic', 'bottleneck', got 'wide'.",
    ],
    [
      () => resnet18({ Classes: 10 } as object),
      "[@st/models] resnet18: unknown option 'Classes'; did you mean 'classes'? Known: widths, stem, classes, inputShape, normalization, activation, pool, seed, name.",
    ],
    [
      () => resnet18({ blocks: [1, 1, 1, 1] } as object),
      "[@st/models] resnet18: unknown option 'blocks'. Known: widths, stem, classes, inputShape, normalization, activation, pool, seed, name.",
    ],
    [
      () => preactResnet18({ widths: [1, 2, 3, -4] }),
      '[@st/models] preactResnet18: widths[3] must be an integer in [1, 20000], got -4.',
    ],
    [
      () => wideResnet({ depth: 12, widen: 2 }),
      '[@st/models] wideResnet: depth must be 6 n + 4 for n blocks per group (10, 16, 22, 28, 34 ...), got 12.',
    ],
    [() => wideResnet({ depth: 4, widen: 2 }), 'got 4.'],
    [() => wideResnet({ depth: 10, widen: 0 }), '[@st/models] wideResnet: widen must be an integer >= 1, got 0.'],
    [
      () => wideResnet({ depth: 10, widen: 1, widths: [16, 32] }),
      '[@st/models] wideResnet: widths must be 3 integers >= 1, got [16, 32].',
    ],
    [
      () => wideResnet({ depth: 10, widen: 1, stem: 0.5 }),
      '[@st/models] wideResnet: stem[0] must be an integer in [1, 20000], got 0.5.',
    ],
    [
      () => dmWideResnet({ depth: 11, widen: 1 }),
      '[@st/models] dmWideResnet: depth must be 6 n + 4 for n blocks per group (10, 16, 22, 28, 34 ...), got 11.',
    ],
    [
      () => dmWideResnet({ depth: 10, widen: 1, inputShape: [32, 30, 3] }),
      '[@st/models] dmWideResnet: inputShape must have heights and widths that halve twice (multiples of 4), got [32, 30, 3].',
    ],
    [
      () => resnet18({ pool: 5 }),
      "[@st/models] resnet18: pool 5 must fit the features, which are 4 x 4. Pass larger images by inputShape, or pool: 'global'.",
    ],
    [
      () => resnet18({ pool: 4, inputShape: [null, null, 3] }),
      '[@st/models] resnet18: pool 4 must fit the features, which are any x any.',
    ],
    [() => resnet18({ pool: 'max' as 'global' }), "[@st/models] resnet18: pool must be an integer >= 1, got 'max'."],
    [
      () => resnet18({ stem: 'cifar' as 'imagenet' }),
      "[@st/models] resnet18: stem must be an integer >= 1, got 'cifar'.",
    ],
    [
      () => resnet18({ normalization: 'cifar10' as never }),
      "[@st/models] resnet18: normalization must be { mean, std } with one number per channel, got 'cifar10'.",
    ],
    [() => resnet18({ name: 5 as never }), '[@st/models] resnet18: name must be text, got 5.'],
    [
      () => wideResnet({ depth: 600_004, widen: 10 }),
      '[@st/models] wideResnet: depth must be 6 n + 4 for n blocks per group (10, 16, 22, 28, 34 ...) of at most 10000, got 600004.',
    ],
    [
      () => resnet18({ activation: 'gelu' as 'relu' }),
      "[@st/models] resnet18: activation must be one of 'relu', 'silu', got 'gelu'.",
    ],
    [
      () => preactResnet18({ projects: 'output' as 'input' }),
      "[@st/models] preactResnet18: projects must be one of 'activated', 'input', got 'output'.",
    ],
    [
      () => preactResnet18({ head: 'none' as 'plain' }),
      "[@st/models] preactResnet18: head must be one of 'normalized', 'plain', got 'none'.",
    ],
    [
      () => resnet18({ normalization: { mean: [0.5], std: [0.5] } }),
      '[@st/models] Normalize: mean and std must have one value per channel of the input, got 1 for [,32,32,3].',
    ],
  ])('are rejected if invalid: %#', (build, message) => {
    expect(build).toThrow(message);
  });
});
