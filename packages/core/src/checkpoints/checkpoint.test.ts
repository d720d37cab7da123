import { countTensors, keep, miniatureDataset, miniatureModel } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { asClassifier } from '../classifier/as-classifier.ts';
import type { Classifier } from '../classifier/classifier.ts';
import { CheckpointError } from '../errors/errors.ts';
import { SGD } from '../optimizer/sgd.ts';
import { createRng } from '../rng.ts';
import { readSafetensors } from '../safetensors/safetensors-read.ts';
import { writeSafetensors } from '../safetensors/safetensors-write.ts';
import { noiseObjective } from '../training/noise-objective.fixture.ts';
import { trainStep } from '../training/train-step.ts';
import { captureCheckpoint } from './capture-checkpoint.ts';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { loadCheckpoint } from './load-checkpoint.ts';
import { restoreCheckpoint } from './restore-checkpoint.ts';

const RUN = {
  epoch: 3,
  step: 2,
  best: { score: 0.5, epoch: 2 },
  rng: createRng(1).state(),
  losses: { total: { images: 32, sum: 1.5 } },
  settings: { batchSize: 16 },
  config: { method: 'st' },
};

function setUp(options: { hidden?: number; classes?: number } = {}): { classifier: Classifier; optimizer: SGD } {
  const model = miniatureModel(options);
  const optimizer = new SGD({ learningRate: 0.1, momentum: 0.9 });
  keep(model, optimizer);
  return { classifier: asClassifier(model), optimizer };
}

function train({ classifier, optimizer }: ReturnType<typeof setUp>, steps: number): void {
  for (let i = 0; i < steps; i++) {
    const batch = miniatureDataset().batch([0, 1, 2, 3, 4, 5]);
    tf.dispose([batch, trainStep(classifier, batch, { objective: noiseObjective, optimizer, rng: createRng(i) })]);
  }
}

/** Every number that training changes. */
function valuesOf({ classifier, optimizer }: ReturnType<typeof setUp>): number[][] {
  const { slots } = optimizer.state();
  const variables = [...classifier.parameters, ...classifier.statistics].map(({ variable }) => variable);
  const values = [...variables, ...slots.values()].map((tensor) => Array.from(tensor.dataSync()));
  tf.dispose([...slots.values()]);
  return values;
}

async function trainedCheckpoint(): Promise<Checkpoint> {
  const trained = setUp();
  train(trained, 3);
  return captureCheckpoint(trained.classifier, trained.optimizer, RUN);
}

const storeWith = (files: Record<string, Uint8Array>): CheckpointStore => ({
  name: 'runs/x',
  read: async (file) => files[file] ?? null,
  write: async (file, bytes) => {
    files[file] = bytes;
  },
});

describe('checkpoints', () => {
  it('carry weights, running statistics, momentum, step count and the run’s state through bytes, bit for bit', async () => {
    const trained = setUp();
    train(trained, 3);
    const captured = await captureCheckpoint(trained.classifier, trained.optimizer, RUN);
    const read = decodeCheckpoint(encodeCheckpoint(captured));
    const fresh = setUp();
    expect(valuesOf(fresh)).not.toEqual(valuesOf(trained));
    restoreCheckpoint(read, fresh.classifier, fresh);
    expect(valuesOf(fresh)).toEqual(valuesOf(trained));
    expect(fresh.optimizer.iterations).toBe(3);
    expect(read.run).toEqual({ ...RUN, optimizerSteps: 3, backend: tf.getBackend() });
    train(trained, 2);
    train(fresh, 2);
    expect(valuesOf(fresh)).toEqual(valuesOf(trained));
  });

  it('are refused if one bit is changed, or a field of the state is removed', async () => {
    const bytes = encodeCheckpoint(await trainedCheckpoint());
    const whole = decodeCheckpoint(bytes);
    for (let i = 0; i < bytes.length; i += 7) {
      const changed = Uint8Array.from(bytes, (byte, j) => (i === j ? byte ^ (1 << (i % 8)) : byte));
      let read: Checkpoint | undefined;
      try {
        read = decodeCheckpoint(changed);
      } catch (error) {
        expect(error, `byte ${i}`).toBeInstanceOf(CheckpointError);
      }
      if (read) expect(read, `byte ${i}`).toEqual(whole); // the changed byte is in a key that is never read
    }
    const cut = new TextDecoder('latin1').decode(bytes).replace('\\"best\\":', '\\"bast\\":');
    expect(() => decodeCheckpoint(Uint8Array.from(cut, (c) => c.charCodeAt(0)))).toThrow(CheckpointError);
    const { crc32, ...metadata } = readSafetensors(bytes).metadata;
    expect(crc32).toMatch(/^[0-9a-f]{1,8}$/);
    expect(decodeCheckpoint(writeSafetensors(whole.tensors, metadata))).toEqual(whole); // without checksum, as older versions wrote it
    const moved = { ...whole.run, optimizerSteps: 4 };
    const forged = writeSafetensors(whole.tensors, { ...metadata, run: JSON.stringify(moved), crc32: crc32 ?? '' });
    expect(() => decodeCheckpoint(forged, 'last')).toThrow(
      '[@st/core] decodeCheckpoint: last: is damaged: its values do not have the checksum that was stored with them. Use another checkpoint.',
    );
  });

  it('do not change when training continues', async () => {
    const trained = setUp();
    train(trained, 1);
    const captured = await captureCheckpoint(trained.classifier, trained.optimizer, RUN);
    const before = encodeCheckpoint(captured);
    train(trained, 1);
    expect(encodeCheckpoint(captured)).toEqual(before);
  });

  it('leak no tensor', async () => {
    const trained = setUp();
    train(trained, 1);
    const before = tf.memory().numTensors;
    const captured = await captureCheckpoint(trained.classifier, trained.optimizer, RUN);
    expect(tf.memory().numTensors).toBe(before);
    expect(countTensors(() => restoreCheckpoint(captured, trained.classifier, trained))).toBe(0);
  });

  it('load into a model without an optimizer, from a store', async () => {
    const captured = await trainedCheckpoint();
    const model = miniatureModel();
    keep(model);
    const store = storeWith({ 'best.safetensors': encodeCheckpoint(captured) });
    expect((await loadCheckpoint(model, store)).config).toEqual({ method: 'st' });
    const { variable } = asClassifier(model).parameters[0] ?? {};
    expect(variable?.dataSync()).toEqual(captured.tensors.get('weights/norm/gamma')?.data);
    await expect(loadCheckpoint(model, store, 'last')).rejects.toThrow(
      '[@st/core] loadCheckpoint: runs/x/last.safetensors must exist, got nothing. Is the path right?',
    );
    await expect(loadCheckpoint(model, storeWith({}))).rejects.toThrow("Runs without validation have only 'last'.");
  });

  it('are refused for weights that have diverged', async () => {
    const diverged = setUp();
    const weight = diverged.classifier.parameters[2];
    tf.tidy(() => weight?.variable.assign(tf.fill(weight.variable.shape, Number.NaN)));
    const capture = captureCheckpoint(diverged.classifier, diverged.optimizer, RUN);
    await expect(capture).rejects.toBeInstanceOf(CheckpointError);
    await expect(capture).rejects.toThrow(
      "[@st/core] captureCheckpoint: 'weights/hidden/kernel' must be finite, got NaN at flat index 0.",
    );
  });

  it('are refused by another model, which stays unchanged; the error names the differences', async () => {
    const captured = await trainedCheckpoint();
    const other = setUp({ hidden: 9, classes: 4 });
    const before = valuesOf(other);
    const restore = () => restoreCheckpoint(captured, other.classifier, { ...other, name: 'runs/x/last.safetensors' });
    expect(restore).toThrow(CheckpointError);
    expect(restore).toThrow(
      "[@st/core] restoreCheckpoint: runs/x/last.safetensors: must fit the model, but 'weights/hidden/kernel' must be [16, 9], got [16, 8]; 'weights/hidden/bias' must be [9], got [8]; 'weights/logits/kernel' must be [9, 4], got [8, 3]; and 5 more.",
    );
    expect(valuesOf(other)).toEqual(before);
  });

  it('are refused if tensors are missing or extra', async () => {
    const { tensors, run } = await trainedCheckpoint();
    const fresh = setUp();
    const before = valuesOf(fresh);
    const without = new Map([...tensors].filter(([name]) => name !== 'statistics/norm/moving_mean'));
    expect(() => restoreCheckpoint({ tensors: without, run }, fresh.classifier)).toThrow(
      "'statistics/norm/moving_mean' [1] is missing",
    );
    const extra = new Map([...tensors, ['weights/head/kernel', { shape: [1], data: Float32Array.of(1) }] as const]);
    expect(() => restoreCheckpoint({ tensors: extra, run }, fresh.classifier)).toThrow(
      "'weights/head/kernel' is not in the model",
    );
    expect(valuesOf(fresh)).toEqual(before);
  });

  it('are refused if slots fit no parameter, or belong to another optimizer', async () => {
    const { tensors, run } = await trainedCheckpoint();
    const fresh = setUp();
    const before = valuesOf(fresh);
    const withSlot = (name: string, shape: number[]) => ({
      tensors: new Map([...tensors, [name, { shape, data: new Float32Array(shape[0] ?? 0) }] as const]),
      run,
    });
    expect(() => restoreCheckpoint(withSlot('optimizer/momentum/nobody', [1]), fresh.classifier, fresh)).toThrow(
      "'optimizer/momentum/nobody' belongs to no parameter of the model",
    );
    expect(() => restoreCheckpoint(withSlot('optimizer/momentum/logits/bias', [7]), fresh.classifier, fresh)).toThrow(
      "'optimizer/momentum/logits/bias' must be [3], got [7]",
    );
    expect(() => restoreCheckpoint(withSlot('optimizer/adam/logits/bias', [3]), fresh.classifier, fresh)).toThrow(
      "[@st/core] restoreCheckpoint: the checkpoint: must fit the optimizer: [@st/core] SGD.restore: slots must be named 'momentum/<parameter>', got 'adam/logits/bias'.",
    );
    expect(valuesOf(fresh)).toEqual(before);
  });
});

describe('decodeCheckpoint', () => {
  const withRun = (run: unknown): Uint8Array =>
    writeSafetensors(new Map(), { format: 'st-checkpoint', version: '1', run: JSON.stringify(run) });
  const good = { ...RUN, optimizerSteps: 1, backend: 'cpu' };

  it('refuses every truncation', async () => {
    const bytes = encodeCheckpoint(await trainedCheckpoint());
    for (let length = 0; length < bytes.length; length += 97) {
      expect(() => decodeCheckpoint(bytes.subarray(0, length), 'cut')).toThrow(CheckpointError);
    }
    expect(() => decodeCheckpoint(bytes.subarray(0, -1), 'cut')).toThrow(
      /^\[@st\/core] decodeCheckpoint: cut: is not a whole checkpoint: tensor '.*': data_offsets .* reach past/,
    );
  });

  it.each<[string, Uint8Array, string]>([
    [
      'a foreign file',
      new TextEncoder().encode('{"not": "ours", "at": "all"}'),
      'x: is not a whole checkpoint: header length',
    ],
    [
      'weights without a run',
      writeSafetensors(new Map(), { format: 'pt' }),
      "must be a checkpoint of @st/core, got a safetensors file of format 'pt'.",
    ],
    [
      'another version',
      writeSafetensors(new Map(), { format: 'st-checkpoint', version: '2' }),
      "must be of version 1, got '2'.",
    ],
    [
      'a state that is not JSON',
      writeSafetensors(new Map(), { format: 'st-checkpoint', version: '1', run: '{' }),
      "is not a whole checkpoint: the run's state must be JSON: ",
    ],
    ['a state that is not an object', withRun([]), "the run's state is damaged: 'run' is []."],
    ['an epoch 0', withRun({ ...good, epoch: 0 }), "the run's state is damaged: 'epoch' is 0."],
    ['a fractional step', withRun({ ...good, step: 1.5 }), "the run's state is damaged: 'step' is 1.5."],
    ['an invalid best score', withRun({ ...good, best: 3 }), "'best' is 3."],
    ['an invalid random state', withRun({ ...good, rng: { key: 1 } }), "'rng' is an object with keys {key}."],
    ['invalid losses', withRun({ ...good, losses: { images: 1 } }), "'losses' is an object with keys {images}."],
    ['invalid settings', withRun({ ...good, settings: null }), "'settings' is null."],
  ])('refuses %s', (_title, bytes, message) => {
    expect(() => decodeCheckpoint(bytes, 'x')).toThrow(CheckpointError);
    expect(() => decodeCheckpoint(bytes, 'x')).toThrow(message);
  });
});
