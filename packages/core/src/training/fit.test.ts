import { memoryStore, miniatureDataset, miniatureModel } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeCheckpoint } from '../checkpoints/checkpoint.ts';
import type { CheckpointStore } from '../checkpoints/checkpoint-store.ts';
import type { Objective } from '../contracts/objective.ts';
import type { Dataset } from '../dataset.ts';
import { BackendError, CheckpointError, InvalidArgumentError, ShapeError } from '../errors/errors.ts';
import { SGD } from '../optimizer/sgd.ts';
import { cosine } from '../schedules/cosine.ts';
import { fit } from './fit.ts';
import type { FitEvent } from './fit-event.ts';
import { disposeMade, made, run, stopAfter } from './fit-in-memory.fixture.ts';
import type { FitOptions } from './fit-options.ts';
import { noiseObjective, noiseSearch } from './noise-objective.fixture.ts';

afterEach(disposeMade);

describe('fit', () => {
  it('learns, and emits every step, evaluation and epoch', async () => {
    const { result, events } = await run({ epochs: 8 });
    const steps = events.filter((event) => event.type === 'step');
    expect(events.map(({ type }) => type).slice(0, 7)).toEqual([
      'start',
      'step',
      'step',
      'step',
      'step',
      'evaluation',
      'epoch',
    ]);
    expect(events.at(-1)).toEqual({ type: 'end', ...result });
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 32 }, (_, i) => i + 1));
    expect(steps.map(({ learningRate }) => learningRate)[16]).toBeCloseTo(0.025, 12);
    expect(steps.every(({ imagesPerSecond, etaSeconds }) => imagesPerSecond > 0 && etaSeconds >= 0)).toBe(true);
    expect(steps.at(-1)?.etaSeconds).toBe(0);
    const epochs = events.filter((event) => event.type === 'epoch');
    expect(epochs.at(-1)?.losses.total).toBeLessThan((epochs[0]?.losses.total ?? 0) / 2);
    expect(result).toMatchObject({ status: 'finished', step: 32, totalSteps: 32 });
    expect(result.best?.score).toBeGreaterThan(0.8);
  });

  it('averages the losses of an epoch over images, so that a smaller last batch has the right weight', async () => {
    const { events } = await run({ epochs: 1 });
    const totals = events.flatMap((event) => (event.type === 'step' ? [event.losses.total ?? 0] : []));
    const sizes = [16, 16, 16, 2];
    const mean = totals.reduce((sum, total, i) => sum + total * (sizes[i] ?? 0), 0) / 50;
    const epoch = events.find((event) => event.type === 'epoch');
    expect(epoch?.losses.total).toBeCloseTo(mean, 12);
  });

  it('follows the epoch plan of the set, and resumes within an epoch bit for bit', async () => {
    const seen: number[][] = [];
    const planned = (): Dataset => {
      const inner = miniatureDataset();
      return {
        ...inner,
        batch: (indices, rng) => {
          seen.push(Array.from(indices));
          return inner.batch(indices, rng);
        },
        // three batches, each of which repeats one example
        epoch: {
          examples: (batchSize) => 3 * batchSize,
          order: (batchSize, rng) => {
            const chosen = [rng.integer(50), rng.integer(50), rng.integer(50)];
            return Int32Array.from({ length: 3 * batchSize }, (_, i) => chosen[Math.floor(i / batchSize)] ?? 0);
          },
        },
      };
    };
    const whole = memoryStore();
    const { result } = await run({ epochs: 2, checkpoint: whole }, { train: planned() });
    expect(result.totalSteps).toBe(6);
    const steps = seen.splice(0).slice(1); // the first batch is checked before the first step
    expect(steps.map((indices) => [indices.length, new Set(indices).size])).toEqual(new Array(6).fill([16, 1]));
    expect(new Set(steps.flat()).size).toBeGreaterThan(3);

    const cut = memoryStore();
    await run({ epochs: 2, checkpoint: cut, ...stopAfter(2) }, { train: planned() });
    await run({ epochs: 2, checkpoint: cut, resume: true }, { train: planned() });
    expect(cut.files.get('last.safetensors')).toEqual(whole.files.get('last.safetensors'));
  });

  it('averages a term over the images for which it was computed, if an objective changes its terms during an epoch', async () => {
    const { events } = await run({
      epochs: 1,
      objective: {
        ...noiseObjective,
        loss: (classifier, examples) => {
          const { total } = noiseObjective.loss(classifier, examples);
          return examples.labels.size === 2 ? { total, late: tf.scalar(3) } : { total };
        },
      },
    });
    expect(events.find((event) => event.type === 'epoch')?.losses.late).toBe(3);
  });

  it('takes every example once per epoch, in an order that differs between epochs and depends only on the seed', async () => {
    const orders: number[][] = [];
    const spying = (seen: number[]): Dataset => {
      const inner = miniatureDataset();
      return {
        ...inner,
        batch: (indices, rng) => {
          seen.push(...Array.from(indices));
          return inner.batch(indices, rng);
        },
      };
    };
    for (const seed of [1, 1, 2]) {
      const seen: number[] = [];
      await run({ epochs: 2, seed }, { train: spying(seen) });
      orders.push(seen.slice(16)); // the checks draw the first batch once more
    }
    const [first = [], again, other] = orders;
    const sorted = (values: number[]) => values.toSorted((a, b) => a - b);
    const all = Array.from({ length: 50 }, (_, i) => i);
    expect(sorted(first.slice(0, 50))).toEqual(all);
    expect(sorted(first.slice(50))).toEqual(all);
    expect(first.slice(0, 50)).not.toEqual(first.slice(50));
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('keeps the best by robust accuracy with an attack, by natural accuracy without', async () => {
    const store = memoryStore();
    const { events, result } = await run({ checkpoint: store });
    const evaluations = events.filter((event) => event.type === 'evaluation');
    for (const { score, evaluation } of evaluations) expect(score).toBe(evaluation.adversarial?.accuracy);
    const best = evaluations.filter((event) => event.best).at(-1);
    expect(result.best).toEqual({ score: best?.score, step: best?.step, epoch: best?.epoch });
    expect(decodeCheckpoint(store.files.get('best.safetensors') ?? new Uint8Array()).run.epoch).toBe(best?.epoch);
    const plain = await run({ evaluation: { examples: 7, every: 2 } });
    const found = plain.events.filter((event) => event.type === 'evaluation');
    expect(found.map(({ epoch }) => epoch)).toEqual([2, 3]);
    expect(found.map(({ evaluation }) => evaluation.natural.total)).toEqual([7, 7]);
    expect(found.every(({ score, evaluation }) => score === evaluation.natural.accuracy)).toBe(true);
  });

  it('has no evaluation and no best without validation', async () => {
    const model = miniatureModel();
    const optimizer = new SGD({ learningRate: 0.1 });
    made.push(model, optimizer);
    const types: string[] = [];
    const result = await fit(model, miniatureDataset(), {
      objective: noiseObjective,
      optimizer,
      epochs: 1,
      batchSize: 50,
      seed: 0,
      onEvent: ({ type }) => {
        types.push(type);
      },
    });
    expect(types).toEqual(['start', 'step', 'epoch', 'end']);
    expect(result.best).toBeNull();
  });

  it('ends after `steps` steps, with the schedule completed and an evaluation', async () => {
    const { result, events } = await run({ epochs: 3, steps: 6 });
    expect(result).toMatchObject({ status: 'finished', step: 6, totalSteps: 6 });
    const rates = events.flatMap((event) => (event.type === 'step' ? [event.learningRate] : []));
    expect(rates).toHaveLength(6);
    expect(rates[3]).toBeCloseTo(0.025, 12);
    expect(events.slice(-3).map(({ type }) => type)).toEqual(['evaluation', 'epoch', 'end']);
  });

  it('lets timers run between steps', async () => {
    let ticks = 0;
    const timer = setInterval(() => {
      ticks++;
    }, 0);
    await run();
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
  });

  it('keeps no tensor but the momentum', async () => {
    const model = miniatureModel();
    const optimizer = new SGD({ learningRate: 0.01, momentum: 0.9 });
    made.push(optimizer);
    const before = tf.memory().numTensors;
    await run({ optimizer, checkpoint: memoryStore() }, { model });
    expect(tf.memory().numTensors).toBe(before + 6);
  });
});

describe('fit, interrupted and resumed', () => {
  it('gives the same bytes, wherever it was stopped', async () => {
    const whole = memoryStore();
    const { events: uninterrupted } = await run({ checkpoint: whole });
    for (const stop of [1, 4, 7, 12]) {
      const store = memoryStore();
      const { result } = await run({ checkpoint: store, ...stopAfter(stop) });
      expect(result).toMatchObject({ status: 'interrupted', step: stop, totalSteps: 12 });
      const { result: resumed, events } = await run({ checkpoint: store, resume: true });
      expect(resumed.status).toBe('finished');
      expect(events[0]).toMatchObject({ type: 'start', resumed: true, step: stop });
      expect(store.files.get('last.safetensors')).toEqual(whole.files.get('last.safetensors'));
      expect(store.files.get('best.safetensors')).toEqual(whole.files.get('best.safetensors'));
      const losses = (all: FitEvent[]) => all.flatMap((event) => (event.type === 'epoch' ? [event.losses] : [])).at(-1);
      expect(losses(events)).toEqual(losses(uninterrupted));
    }
  });

  it('resumes from a mid-epoch checkpoint after a crash with the same result', async () => {
    const whole = memoryStore();
    await run({ checkpoint: whole });
    const store = memoryStore();
    const dying = run({
      checkpoint: store,
      checkpointEvery: 2,
      onEvent: (event) => {
        if (event.type === 'step' && event.step === 7) throw new Error('power cut');
      },
    });
    await expect(dying).rejects.toThrow('power cut');
    const { events } = await run({ checkpoint: store, checkpointEvery: 2, resume: true });
    expect(events[0]).toMatchObject({ type: 'start', epoch: 2, step: 6 });
    expect(store.files.get('last.safetensors')).toEqual(whole.files.get('last.safetensors'));
  });

  it('stops during an evaluation, and repeats it after resuming', async () => {
    const whole = memoryStore();
    await run({ checkpoint: whole });
    const store = memoryStore();
    const controller = new AbortController();
    let evaluated = 0;
    const search: typeof noiseSearch = (classifier, batch, rng) => {
      if (++evaluated === 1) controller.abort();
      return noiseSearch(classifier, batch, rng);
    };
    const { result } = await run({ checkpoint: store, evaluation: { search }, signal: controller.signal });
    expect(result).toMatchObject({ status: 'interrupted', step: 4, best: null });
    const { events } = await run({ checkpoint: store, resume: true });
    expect(events.map(({ type }) => type).slice(0, 3)).toEqual(['start', 'evaluation', 'checkpoint']);
    expect(store.files.get('last.safetensors')).toEqual(whole.files.get('last.safetensors'));
  });

  it('takes no step if the signal is already aborted, and none after the end', async () => {
    const store = memoryStore();
    const { result } = await run({ checkpoint: store, signal: AbortSignal.abort() });
    expect(result).toMatchObject({ status: 'interrupted', step: 0 });
    await run({ checkpoint: store, resume: true });
    const { events } = await run({ checkpoint: store, resume: true });
    expect(events.map(({ type }) => type)).toEqual(['start', 'end']);
  });

  it('starts if there is nothing to resume', async () => {
    const { events } = await run({ checkpoint: memoryStore(), resume: true, epochs: 1 });
    expect(events[0]).toMatchObject({ type: 'start', resumed: false, step: 0 });
  });

  it('refuses a store that holds a run, unless it resumes', async () => {
    const store = memoryStore();
    await run({ checkpoint: store, epochs: 1 });
    const before = store.files.get('last.safetensors');
    const again = run({ checkpoint: store, epochs: 1 });
    await expect(again).rejects.toBeInstanceOf(CheckpointError);
    await expect(again).rejects.toThrow(
      "[@st/core] fit: checkpoint 'memory' already holds a run (last.safetensors). Pass resume: true to continue it, or name another folder.",
    );
    expect(store.files.get('last.safetensors')).toBe(before);
  });

  it('holds the lock of its store while it trains, and releases it however it ends', async () => {
    const held = { now: 0, most: 0 };
    const store = {
      ...memoryStore(),
      lock: async () => {
        if (held.now > 0) throw new CheckpointError('in use');
        held.most = Math.max(held.most, ++held.now);
        return { release: async () => void held.now-- };
      },
    };
    const during = await run({
      checkpoint: store,
      epochs: 1,
      onEvent: async ({ type }) => {
        if (type === 'end') await expect(run({ checkpoint: store, epochs: 1, resume: true })).rejects.toThrow('in use');
      },
    });
    expect([during.result.status, held.now, held.most]).toEqual(['finished', 0, 1]);
    await expect(run({ checkpoint: store, epochs: 1 })).rejects.toThrow('already holds a run');
    const failing = run({ checkpoint: { ...store, write: () => Promise.reject(new Error('full')) }, epochs: 2 });
    await expect(failing).rejects.toThrow(CheckpointError);
    expect(held.now).toBe(0);
  });

  it.each<[string, Partial<FitOptions>, string]>([
    ['seed', { seed: 2 }, 'seed was 1 and is 2'],
    ['batch size', { batchSize: 8 }, 'batchSize was 16 and is 8'],
    ['epochs', { epochs: 4 }, 'epochs was 3 and is 4'],
    ['steps', { steps: 9 }, 'steps was null and is 9'],
    [
      'weight decay',
      { optimizer: new SGD({ learningRate: cosine(0.05), momentum: 0.9 }) },
      'optimizer.weightDecay was 0.001 and is 0',
    ],
    [
      'learning rate',
      { optimizer: new SGD({ learningRate: 0.1, momentum: 0.9, weightDecay: 1e-3 }) },
      'learningRate.0 was 0.05 and is 0.1',
    ],
    [
      'validation',
      { validation: miniatureDataset({ name: 'other', size: 20 }) },
      'validation.name was "miniature" and is "other"',
    ],
    ['evaluation', { evaluation: { search: noiseSearch, every: 2 } }, 'evaluation.every was 1 and is 2'],
    ['user configuration', { config: { method: 'st', beta: [6, { a: 2 }] } }, 'config.beta.1.a was 1 and is 2'],
    [
      'user configuration with a key removed',
      { config: { method: 'st' } },
      'config.beta was [6,{"a":1}] and is undefined',
    ],
  ])('refuses to resume with another %s, and names the key', async (_title, changes, message) => {
    const store = memoryStore();
    const config = { method: 'st', beta: [6, { a: 1 }] };
    await run({ checkpoint: store, config, ...stopAfter(2) });
    const before = store.files.get('last.safetensors');
    const resumed = run({ checkpoint: store, resume: true, config, ...changes });
    await expect(resumed).rejects.toBeInstanceOf(CheckpointError);
    await expect(resumed).rejects.toThrow(
      `[@st/core] fit: memory/last.safetensors: a resumed run must have its original configuration, but ${message}.`,
    );
    expect(store.files.get('last.safetensors')).toBe(before);
  });

  it('refuses a truncated checkpoint, or one of another model, and does not change the model', async () => {
    const store = memoryStore();
    await run({ checkpoint: store, ...stopAfter(2) });
    const good = store.files.get('last.safetensors') ?? new Uint8Array();
    const model = miniatureModel({ hidden: 5 });
    const before = model.getWeights().map((weight) => Array.from(weight.dataSync()));
    await expect(run({ checkpoint: store, resume: true }, { model })).rejects.toThrow(
      "[@st/core] restoreCheckpoint: memory/last.safetensors: must fit the model, but 'weights/hidden/kernel' must be [16, 5], got [16, 8]",
    );
    expect(model.getWeights().map((weight) => Array.from(weight.dataSync()))).toEqual(before);
    store.files.set('last.safetensors', good.subarray(0, 500));
    await expect(run({ checkpoint: store, resume: true })).rejects.toThrow(
      '[@st/core] decodeCheckpoint: memory/last.safetensors: is not a whole checkpoint',
    );
  });

  it('reports a failing store, and keeps the old checkpoint', async () => {
    const store = memoryStore();
    let writes = 0;
    const failing: CheckpointStore = {
      ...store,
      write: async (file, bytes) => {
        if (++writes > 1) throw new Error('quota exceeded');
        await store.write(file, bytes);
      },
    };
    const dying = run({ checkpoint: failing });
    await expect(dying).rejects.toBeInstanceOf(CheckpointError);
    await expect(dying).rejects.toThrow(
      "[@st/core] fit: could not write last.safetensors to 'memory': quota exceeded. The checkpoint that was there is the last good one; fix the store and resume.",
    );
    const { result } = await run({ checkpoint: store, resume: true });
    expect(result.status).toBe('finished');
  });
});

describe('fit refuses before the first step', () => {
  const broken = (change: (pixels: Float32Array, labels: Int32Array) => void): Dataset => {
    const inner = miniatureDataset();
    return {
      ...inner,
      batch: (indices) => {
        const { images, labels } = inner.batch(indices);
        const pixels = images.dataSync().slice() as Float32Array;
        const classes = labels.dataSync().slice() as Int32Array;
        change(pixels, classes);
        const batch = { images: tf.tensor4d(pixels, images.shape), labels: tf.tensor1d(classes, 'int32') };
        tf.dispose([images, labels]);
        return batch;
      },
    };
  };

  it.each<[string, Dataset, string]>([
    [
      'an empty set',
      { ...miniatureDataset(), size: 0 },
      "[@st/core] fit: train: the data set must hold at least one example, got 'miniature' with 0.",
    ],
    [
      'another number of classes',
      { ...miniatureDataset(), classes: 10 },
      "got 3 outputs for the 10 classes of 'miniature'. Build the model with { classes: 10 }.",
    ],
    [
      'NaN pixels',
      broken((pixels) => pixels.fill(Number.NaN, 5, 6)),
      "[@st/core] fit: the first batch of 'miniature': images must be in [0, 1], got NaN at flat index 5.",
    ],
    ['pixels up to 255', broken((pixels) => pixels.fill(255, 0, 1)), 'divide 8-bit pixels by 255'],
    [
      'labels out of range',
      broken((_pixels, labels) => labels.fill(3, 1, 2)),
      'labels must be in [0, 3), got 3 at index 1.',
    ],
  ])('%s', async (_title, train, message) => {
    const failing = run({}, { train });
    await expect(failing).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(failing).rejects.toThrow(message);
  });

  it('images of another shape', async () => {
    const train: Dataset = { ...miniatureDataset(), imageShape: [32, 32, 3] };
    await expect(run({}, { train })).rejects.toBeInstanceOf(ShapeError);
    await expect(run({}, { train })).rejects.toThrow(
      "the images must be [4, 4, 1] for this model, but 'miniature' has [32, 32, 3].",
    );
  });

  it.each<[Partial<FitOptions>, string]>([
    [{ epochs: 0 }, '[@st/core] fit: epochs must be an integer >= 1, got 0.'],
    [{ steps: 0.5 }, '[@st/core] fit: steps must be an integer >= 1, got 0.5.'],
    [
      { batchSize: 51 },
      "[@st/core] fit: batchSize must be an integer in [1, 50], got 51. The training set 'miniature' holds 50 examples.",
    ],
    [{ seed: -1 }, '[@st/core] fit: seed must be an integer in [0, 9007199254740991], got -1.'],
    [
      { checkpointEvery: 0, checkpoint: memoryStore() },
      '[@st/core] fit: checkpointEvery must be an integer >= 1, got 0.',
    ],
    [{ checkpointEvery: 5 }, '[@st/core] fit: checkpointEvery needs checkpoint (such as a folder), got none.'],
    [{ resume: true }, '[@st/core] fit: resume needs checkpoint (such as a folder), got none.'],
    [{ evaluation: { examples: 21 } }, '[@st/core] fit: evaluation.examples must be an integer in [1, 20], got 21.'],
    [{ evaluation: { batchSize: 0 } }, '[@st/core] fit: evaluation.batchSize must be an integer >= 1, got 0.'],
    [{ evaluation: { every: 0 } }, '[@st/core] fit: evaluation.every must be an integer >= 1, got 0.'],
    [{ evaluation: { ...({ atack: noiseSearch } as object) } }, "[@st/core] fit: evaluation: unknown option 'atack'."],
    [{ ...({ batchsize: 3 } as object) }, "[@st/core] fit: unknown option 'batchsize'; did you mean 'batchSize'?"],
    [
      { validation: { ...miniatureDataset(), size: 0 } },
      '[@st/core] fit: validation: the data set must hold at least one',
    ],
  ])('an invalid option (%#)', async (changes, message) => {
    await expect(run(changes)).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(run(changes)).rejects.toThrow(message);
  });

  it('an evaluation without validation', async () => {
    const model = miniatureModel();
    made.push(model);
    const options = {
      objective: noiseObjective,
      optimizer: new SGD({ learningRate: 1 }),
      epochs: 1,
      batchSize: 5,
      seed: 1,
    };
    await expect(fit(model, miniatureDataset(), { ...options, evaluation: {} })).rejects.toThrow(
      '[@st/core] fit: evaluation needs validation (examples held out of the training set), got none.',
    );
  });

  it('a model that the back end cannot train, and names the kernel', async () => {
    const model = sequential({
      layers: [
        layers.conv2d({ name: 'conv', inputShape: [4, 4, 1], filters: 2, kernelSize: 3 }),
        layers.flatten({ name: 'flat' }),
        layers.dense({ name: 'logits', units: 3 }),
      ],
    });
    const kernel = tf.getKernel('Conv2DBackpropFilter', tf.getBackend());
    tf.unregisterKernel('Conv2DBackpropFilter', tf.getBackend());
    try {
      const failing = run({}, { model });
      await expect(failing).rejects.toBeInstanceOf(BackendError);
      await expect(failing).rejects.toThrow(
        `[@st/core] fit: the back end '${tf.getBackend()}' cannot train this model: it has no kernel Conv2DBackpropFilter. Call useBackend('auto') of @st/backend first`,
      );
    } finally {
      tf.registerKernel(kernel);
    }
  });
});

describe('fit, diverging', () => {
  const exploding = (at: number): Objective => {
    let calls = 0;
    return {
      ...noiseObjective,
      loss: (classifier, examples) => {
        const terms = noiseObjective.loss(classifier, examples);
        return ++calls < at ? terms : { ...terms, total: tf.mul<tf.Scalar>(terms.total, Number.POSITIVE_INFINITY) };
      },
    };
  };

  it('ends at the first loss that is not finite, and keeps the last good checkpoint', async () => {
    const store = memoryStore();
    const failing = run({ objective: exploding(7), checkpoint: store, checkpointEvery: 5 });
    await expect(failing).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(failing).rejects.toThrow(
      "[@st/core] fit: the loss must be finite, got total = Infinity at epoch 2, step 7. Not finite after the update: 'weights/norm/gamma' (NaN), 'weights/norm/beta' (NaN), 'weights/hidden/kernel' (NaN) and 3 more. Training has diverged: lower the learning rate, or look for NaN in the data. 'memory' keeps the state after step 5.",
    );
    const { run: state } = decodeCheckpoint(store.files.get('last.safetensors') ?? new Uint8Array());
    expect([state.epoch, state.step]).toEqual([2, 1]);
    await expect(run({ objective: exploding(1) })).rejects.toThrow('No checkpoint was written.');
  });

  it('does not replace a good checkpoint by infinite weights, even if the loss was finite', async () => {
    const store = memoryStore();
    const optimizer = new SGD({ learningRate: ({ epoch }) => (epoch === 2 ? 1e38 : 0.01) });
    made.push(optimizer);
    const steep: Objective = {
      ...noiseObjective,
      loss: (classifier, examples) =>
        tf.tidy(() => {
          const terms = noiseObjective.loss(classifier, examples);
          return { total: tf.mul<tf.Scalar>(terms.total, 1e4) };
        }),
    };
    const failing = run({ objective: steep, optimizer, checkpoint: store, checkpointEvery: 1 });
    await expect(failing).rejects.toThrow(/captureCheckpoint: 'weights\/.*' must be finite/);
    expect(decodeCheckpoint(store.files.get('last.safetensors') ?? new Uint8Array()).run.epoch).toBe(2);
  });
});
