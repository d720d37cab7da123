import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asClassifier, type FitResult } from '@st/core';
import { arrayDataset, augmented, type ImageDataset } from '@st/data';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { imageAugmentations } from './augmentation.ts';
import type { Configuration } from './configuration.ts';
import { METHODS, MIXING } from './method.ts';
import type { OverfittingMetrics } from './metrics.ts';
import { readMetrics } from './metrics-log.ts';
import { resolveConfiguration } from './resolve-configuration.ts';
import { runFolder, startRun } from './run-folder.ts';
import type { Choices } from './settings/settings.ts';
import { trainRun } from './train.ts';

let parent = '';
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'st-train-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

const configured = (given: Partial<Choices>): Configuration =>
  resolveConfiguration({ preset: 'miniature', given: { batchSize: 8, ...given }, resume: false }, 'cpu');

/** Small noise images whose class determines the brightness of one color. */
function images(name: string, size: number): ImageDataset {
  const pixels = Uint8Array.from({ length: size * 192 }, (_, i) => {
    const image = Math.floor(i / 192);
    return ((i * 7919 + image * 104_729) % 150) + (i % 3 === image % 3 ? 80 : 0);
  });
  const labels = Uint8Array.from({ length: size }, (_, i) => i % 3);
  return arrayDataset({ name, pixels, labels, imageShape: [8, 8, 3], classes: 10 });
}

function network() {
  const kernelInitializer = initializers.glorotUniform({ seed: 1 });
  return sequential({
    layers: [layers.flatten({ inputShape: [8, 8, 3] }), layers.dense({ name: 'logits', units: 10, kernelInitializer })],
  });
}

type Outcome = { readonly result: FitResult; readonly said: readonly string[]; readonly weights: string };

/** Trains, or resumes, in a folder of that name; stops before the step `until`. */
async function train(name: string, configuration: Configuration, until = Number.POSITIVE_INFINITY): Promise<Outcome> {
  const folder = runFolder(join(parent, name));
  await startRun(folder, configuration);
  const controller = new AbortController();
  const said: string[] = [];
  const model = network();
  const result = await trainRun({
    configuration,
    folder,
    classifier: asClassifier(model),
    train: augmented(images('train', 40), imageAugmentations(configuration)),
    validation: images('validation', 12),
    progress: {
      show: ({ done }) => {
        if (done >= until) controller.abort();
      },
      say: (line) => said.push(line),
      clear: () => undefined,
    },
    signal: controller.signal,
  });
  const weights = model.getWeights().map((weight) => Array.from(weight.dataSync()));
  model.dispose();
  return { result, said, weights: JSON.stringify(weights) };
}

const checksOf = (name: string): readonly OverfittingMetrics[] =>
  readMetrics(runFolder(join(parent, name)).metrics).metrics.filter((line) => line.kind === 'overfitting');

describe('trainRun', () => {
  const given = {
    method: 'at',
    maxSteps: 6,
    augment: true,
    autoAugment: true,
    cutout: 4,
    mixup: 1,
    cutmix: 1,
  } as const;

  it('trains with every augmentation; each changes the result, an interruption does not', async () => {
    const before = tf.memory().numTensors;
    const whole = await train('whole', configured(given));
    expect(whole.result).toMatchObject({ status: 'finished', step: 6 });
    expect((await train('cut', configured(given), 4)).result.status).toBe('interrupted');
    const resumed = await train('cut', configured(given));
    expect(resumed.said[0]).toBe('Resuming after step 4 of 6.');
    expect(resumed.weights).toBe(whole.weights);
    expect(readFileSync(join(parent, 'cut', 'last.safetensors'))).toEqual(
      readFileSync(join(parent, 'whole', 'last.safetensors')),
    );
    const without: Partial<Configuration>[] = [{ augment: false }, { autoAugment: false }, { cutout: null }];
    for (const [i, change] of [...without, { mixup: null }, { cutmix: null }].entries()) {
      const other = await train(`other ${i}`, { ...configured(given), ...change });
      expect(other.weights).not.toBe(whole.weights);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it("chooses the best weights by the method's accuracy, or by --best-by", async () => {
    const criterion = async (name: string, given: Partial<Choices>) =>
      (await train(name, configured({ maxSteps: 1, ...given }))).result.criterion;
    expect(await criterion('natural', { method: 'natural' })).toBe('natural');
    expect(await criterion('at', { method: 'at' })).toBe('robust');
    expect(await criterion('asked', { method: 'natural', bestBy: 'robust' })).toBe('robust');
  });

  it.each(METHODS)('takes mixed labels with %s exactly if the flags allow them', async (method) => {
    const run = train(method, { ...configured({ method, maxSteps: 2 }), mixup: 1 });
    if (MIXING.includes(method)) expect((await run).result.status).toBe('finished');
    else await expect(run).rejects.toThrow('this loss takes class indices only, got a batch with soft labels [8,10].');
  });

  describe('with a single step that is far too small for the ball', () => {
    const weak: Partial<Choices> = {
      method: 'fgsm-rs',
      ...{ epsilon: 24 / 255, stepSize: 0.1 / 255, evalStepSize: 12 / 255, validationSteps: 4 },
      ...{ validateEvery: 5, lr: 0.1, epochs: 8, overfittingTolerance: 0.5 },
    };

    it('reports catastrophic overfitting above the tolerance at a validation, and continues', async () => {
      const { result, said } = await train('told', configured(weak));
      expect(result).toMatchObject({ status: 'finished', step: 40 });
      expect(checksOf('told').map(({ step }) => step)).toEqual([5, 10, 15, 20, 25, 30, 35, 40]);
      const above = checksOf('told').map(({ training, attacked }) => training - attacked > 0.5);
      expect(checksOf('told').map(({ overfitted }) => overfitted)).toEqual(above);
      expect(new Set(above).size).toBe(2);
      expect(said.some((line) => /^step \d+: catastrophic overfitting, \d+ % right on its own/.test(line))).toBe(true);
    });

    it('stops there with stop, and does not check with off', async () => {
      const stopped = await train('stopped', configured({ ...weak, catastrophicOverfitting: 'stop' }));
      expect(stopped.result.status).toBe('catastrophic-overfitting');
      const { step } = stopped.result;
      expect(stopped.said.at(-1)).toBe(`Stopped after step ${step}.`);
      expect(stopped.said).toContain(`Restored the weights of step ${step - 5}.`);
      expect(checksOf('stopped').at(-1)).toMatchObject({ step, overfitted: true });
      await train('off', configured({ ...weak, catastrophicOverfitting: 'off' }));
      expect(checksOf('off')).toEqual([]);
    });
  });
});
