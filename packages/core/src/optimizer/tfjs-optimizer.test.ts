import { countTensors, expectClose, memoryStore, miniatureDataset, miniatureModel } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';

import { decodeCheckpoint } from '../checkpoints/checkpoint.ts';
import { asClassifier } from '../classifier/as-classifier.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { createRng } from '../rng.ts';
import { cosine } from '../schedules/cosine.ts';
import { disposeMade, made, run, stopAfter } from '../training/fit-in-memory.fixture.ts';
import { noiseObjective } from '../training/noise-objective.fixture.ts';
import { trainStep } from '../training/train-step.ts';
import { valueAndGradients } from '../training/value-and-gradients.ts';
import { tfjsOptimizer } from './tfjs-optimizer.ts';
import type { OptimizerState } from './train-optimizer.ts';

afterEach(disposeMade);

const STOCK: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.02, 0.9),
  nesterov: () => tf.train.momentum(0.02, 0.9, true),
  adagrad: () => tf.train.adagrad(0.05),
  adadelta: () => tf.train.adadelta(0.5),
  rmsprop: () => tf.train.rmsprop(0.002, 0.9, 0.5),
  adam: () => tf.train.adam(0.01),
  adamax: () => tf.train.adamax(0.01, 0.9, 0.999, 1e-7, 1e-3),
};

function keep<T extends { dispose(): unknown }>(thing: T): T {
  made.push(thing);
  return thing;
}

const weightsOf = (model: ReturnType<typeof miniatureModel>): number[][] =>
  model.weights.map((weight) => Array.from(weight.read().dataSync()));

/** A custom optimizer: half a step along the gradient. */
class HalfStep extends tf.Optimizer {
  static className = 'HalfStep';
  override applyGradients(gradients: { name: string; tensor: tf.Tensor }[]): void {
    tf.tidy(() => {
      for (const { name, tensor } of gradients) {
        const variable = tf.engine().registeredVariables[name];
        if (tensor && variable) variable.assign(tf.sub(variable, tf.mul(0.5, tensor)));
      }
    });
  }
  override getConfig(): tf.serialization.ConfigDict {
    return {};
  }
}

/** A custom momentum optimizer that exposes its state. */
class Heavy extends HalfStep {
  static override className = 'Heavy';
  readonly #velocities: (tf.Tensor | undefined)[] = [];

  override applyGradients(gradients: { name: string; tensor: tf.Tensor }[]): void {
    const moved = gradients.map(({ name, tensor }, i) => {
      const before = this.#velocities[i];
      const velocity = tf.tidy(() => (before ? tf.add(tf.mul(0.9, before), tensor) : tf.mul(0.1, tensor)));
      before?.dispose();
      this.#velocities[i] = tf.keep(velocity);
      return { name, tensor: velocity };
    });
    super.applyGradients(moved);
    this.incrementIterations();
  }

  state(): OptimizerState {
    const slots = this.#velocities.flatMap((velocity, i) =>
      velocity ? [[`velocity${i}`, tf.clone(velocity)] as const] : [],
    );
    return { steps: this.iterations, slots: new Map(slots) };
  }

  restore({ steps, slots }: OptimizerState): void {
    for (const [name, velocity] of slots) this.#velocities[Number(name.slice(8))] = tf.keep(tf.clone(velocity));
    this.iterations_ = steps;
  }

  override dispose(): void {
    tf.dispose(this.#velocities.filter((velocity) => velocity !== undefined));
    super.dispose();
  }
}

describe.each(Object.entries(STOCK))('tf.train.%s', (_name, build) => {
  it('takes the same steps as minimize, and keeps no tensor but its slots', () => {
    const models = [keep(miniatureModel()), keep(miniatureModel())] as const;
    const [ours, theirs] = models.map((model) => asClassifier(model)) as [
      ReturnType<typeof asClassifier>,
      ReturnType<typeof asClassifier>,
    ];
    const optimizers = [keep(build()), keep(build())] as const;
    const batch = miniatureDataset().batch([0, 1, 2, 3, 4, 5]);
    const step = (): void => {
      tf.dispose(trainStep(ours, batch, { objective: noiseObjective, optimizer: optimizers[0], rng: createRng(1) }));
    };
    for (let i = 0; i < 3; i++) {
      step();
      const examples = noiseObjective.search(theirs, batch, createRng(1));
      const variables = theirs.parameters.map(({ variable }) => variable);
      optimizers[1].minimize(() => noiseObjective.loss(theirs, examples).total, false, variables);
      tf.dispose(examples);
    }
    weightsOf(models[0]).forEach((values, i) => {
      expectClose(values, weightsOf(models[1])[i] ?? [], 1e-6);
    });
    expect(countTensors(step)).toBe(0);
    tf.dispose(batch);
  });

  it('is resumed by fit bit for bit', async () => {
    const whole = memoryStore();
    const all = await run({ optimizer: keep(build()), checkpoint: whole });
    const cut = memoryStore();
    await run({ optimizer: keep(build()), checkpoint: cut, ...stopAfter(5) });
    const rest = await run({ optimizer: keep(build()), checkpoint: cut, resume: true });
    expect(rest.result.status).toBe('finished');
    expect(weightsOf(rest.model)).toEqual(weightsOf(all.model));
    const slots = (bytes: Uint8Array | undefined) =>
      [...decodeCheckpoint(bytes ?? new Uint8Array()).tensors].filter(([key]) => key.startsWith('optimizer/'));
    expect(slots(cut.files.get('last.safetensors'))).toEqual(slots(whole.files.get('last.safetensors')));
  });
});

describe('tfjsOptimizer', () => {
  it.each([tf.train.sgd(1), tf.train.adam(1)])('follows a schedule (%#)', async (optimizer) => {
    keep(optimizer);
    const rates: number[] = [];
    const { model } = await run({
      optimizer: tfjsOptimizer(optimizer, { learningRate: cosine(0.01, { every: 'step' }) }),
      onEvent: (event) => void (event.type === 'step' && rates.push(event.learningRate)),
    });
    expect(rates[0]).toBe(0.01);
    expect(rates[6]).toBeCloseTo(0.005, 12);
    expect(weightsOf(model).flat().every(Number.isFinite)).toBe(true);
  });

  it('reports the rate of an optimizer without schedule', async () => {
    const rates = new Set<number>();
    const onEvent = (event: { type: string; learningRate?: number }) =>
      void (event.type === 'step' && rates.add(event.learningRate ?? 0));
    await run({ optimizer: keep(tf.train.adam(0.003)), epochs: 1, onEvent });
    expect([...rates]).toEqual([0.003]);
  });

  it('keeps the slots of each parameter if some are frozen, or have no gradient, in some steps', () => {
    const model = keep(miniatureModel());
    const classifier = asClassifier(model);
    const optimizer = keep(tf.train.adam(0.01));
    const batch = miniatureDataset().batch([0, 1, 2, 3, 4, 5]);
    const step = () =>
      tf.dispose(trainStep(classifier, batch, { objective: noiseObjective, optimizer, rng: createRng(1) }));
    step();
    const hidden = model.layers[2];
    if (hidden) hidden.trainable = false;
    const before = weightsOf(model);
    step();
    const after = weightsOf(model);
    expect(hidden?.weights.map((weight) => Array.from(weight.read().dataSync()))).toEqual(
      before.filter((_, i) => after[i]?.join() === before[i]?.join()).slice(0, 2),
    );
    if (hidden) hidden.trainable = true;
    expect(step).not.toThrow();
    tf.dispose(batch);
  });

  it('trains with a custom class, and refuses to save its state, with the reason', async () => {
    const model = keep(miniatureModel());
    const classifier = asClassifier(model);
    const batch = miniatureDataset().batch([0, 1, 2]);
    const examples = noiseObjective.search(classifier, batch, createRng(1));
    const { terms, gradients } = valueAndGradients(noiseObjective, classifier, examples);
    const before = weightsOf(model);
    tf.dispose(
      trainStep(classifier, batch, { objective: noiseObjective, optimizer: new HalfStep(), rng: createRng(1) }),
    );
    const [{ name, variable } = { name: '', variable: undefined }] = classifier.parameters;
    const slope = Array.from(gradients.get(name)?.dataSync() ?? []);
    expectClose(
      Array.from(variable?.dataSync() ?? []),
      slope.map((g, i) => (before[0]?.[i] ?? 0) - 0.5 * g),
      1e-6,
    );
    tf.dispose([batch, examples, terms, [...gradients.values()]]);

    expect((await run({ optimizer: new HalfStep(), epochs: 1 })).result.status).toBe('finished');
    let steps = 0;
    const untold = { optimizer: new HalfStep(), epochs: 1, checkpoint: memoryStore(), onEvent: () => void steps++ };
    await expect(run(untold)).rejects.toThrow(
      "the state of HalfStep cannot be saved or restored: tfjs's getWeights() and setWeights() are asynchronous and round",
    );
    expect(steps).toBe(0);
  });

  it('resumes a custom class that exposes its state, bit for bit', async () => {
    const whole = await run({ optimizer: keep(new Heavy()) });
    const store = memoryStore();
    await run({ optimizer: keep(new Heavy()), checkpoint: store, ...stopAfter(5) });
    const resumed = await run({ optimizer: keep(new Heavy()), checkpoint: store, resume: true });
    expect(weightsOf(resumed.model)).toEqual(weightsOf(whole.model));

    for (const state of [
      null,
      { steps: 1 },
      { steps: 0.5, slots: new Map() },
      { steps: 1, slots: new Map([['x', 1]]) },
    ]) {
      const wrong = Object.assign(new HalfStep(), { state: () => state, restore: () => undefined });
      expect(() => tfjsOptimizer(wrong).state()).toThrow('state() of HalfStep');
    }
  });

  it('refuses slots of another optimizer, and values that are not an optimizer', async () => {
    const store = memoryStore();
    await run({ optimizer: keep(tf.train.adam(0.01)), checkpoint: store, ...stopAfter(2) });
    await expect(run({ optimizer: keep(tf.train.sgd(0.01)), checkpoint: store, resume: true })).rejects.toThrow(
      'a resumed run must have its original configuration',
    );
    expect(() =>
      tfjsOptimizer(keep(tf.train.sgd(0.01))).restore({ steps: 1, slots: new Map([['momentum/x', tf.scalar(1)]]) }),
    ).toThrow("slots must be those of tf.SGD (none), got 'momentum/x'.");
    for (const wrong of [undefined, null, 'adam', 0.1, {}, Promise.resolve()]) {
      expect(() => tfjsOptimizer(wrong as never)).toThrow(InvalidArgumentError);
    }
    expect(() => tfjsOptimizer(keep(tf.train.sgd(0.01)), { learningRate: 0.1 as never })).toThrow(
      'learningRate must be a schedule, got 0.1. For a constant rate build the optimizer with it',
    );
  });
});
