import { memoryStore, miniatureDataset, miniatureModel } from '@st/testing';
import { afterEach, describe, expect, it } from 'vitest';

import type { Averaging } from '../averaging/averaging.ts';
import { ema } from '../averaging/ema.ts';
import { swa } from '../averaging/swa.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoints/checkpoint.ts';
import { LAST_CHECKPOINT } from '../checkpoints/checkpoint-store.ts';
import { loadCheckpoint } from '../checkpoints/load-checkpoint.ts';
import { CheckpointError } from '../errors/errors.ts';
import { evaluate } from './evaluate.ts';
import { disposeMade, made, run, stopAfter } from './fit-in-memory.fixture.ts';
import type { FitOptions } from './fit-options.ts';
import { noiseSearch } from './noise-objective.fixture.ts';

afterEach(disposeMade);

const validation = miniatureDataset({ seed: 2, size: 20 });
const decoded = (files: Map<string, Uint8Array>, file = LAST_CHECKPOINT) =>
  decodeCheckpoint(files.get(file) ?? new Uint8Array());

describe('fit, averaging weights', () => {
  it('evaluates averaged and raw weights, and chooses the best by the averaged ones', async () => {
    const store = memoryStore();
    const { events, result, model } = await run({ averaging: ema({ decay: 0.9 }), checkpoint: store });
    const evaluations = events.filter((event) => event.type === 'evaluation');
    expect(evaluations).toHaveLength(3);
    for (const { score, averaged } of evaluations) expect(score).toBe(averaged?.adversarial?.accuracy);
    expect(result.best?.score).toBe(Math.max(...evaluations.map(({ score }) => score)));
    const options = { batchSize: 16, seed: 1, search: noiseSearch };
    const last = evaluations.at(-1);
    expect(await evaluate(model, validation, options)).toEqual(last?.evaluation); // the model ends with the raw weights
    const other = miniatureModel();
    made.push(other);
    await loadCheckpoint(other, store, { kind: 'last' });
    expect(await evaluate(other, validation, options)).toEqual(last?.averaged);
    await loadCheckpoint(other, store, { kind: 'last', weights: 'raw' });
    expect(other.getWeights().map((weight) => weight.dataSync())).toEqual(
      model.getWeights().map((weight) => weight.dataSync()),
    );
  });

  it('trains the same raw weights as without averaging', async () => {
    const [plain, averaging] = [memoryStore(), memoryStore()];
    await run({ checkpoint: plain });
    await run({ checkpoint: averaging, averaging: ema({ decay: 0.9 }) });
    for (const [name, { data }] of decoded(plain.files).tensors) {
      expect(decoded(averaging.files).tensors.get(name)?.data, name).toEqual(data);
    }
  });

  it.each<[string, Averaging, boolean]>([
    ['ema', ema({ decay: 0.9 }), true],
    ['ema with recomputed statistics', ema({ decay: 0.9, statistics: 'recomputed' }), true],
    ['swa', swa({ start: 2 }), true],
    ['swa without validation', swa({ start: 2 }), false],
  ])('resumes bit for bit with %s', async (_title, averaging, validated) => {
    const [whole, cut] = [memoryStore(), memoryStore()];
    await run({ averaging, checkpoint: whole }, { validated });
    await run({ averaging, checkpoint: cut, ...stopAfter(6) }, { validated });
    await run({ averaging, checkpoint: cut, resume: true }, { validated });
    for (const [file, bytes] of whole.files) expect(cut.files.get(file), file).toEqual(bytes);
    const { tensors, run: state } = decoded(whole.files);
    expect(state.average?.updates).toBeGreaterThan(1);
    expect([...tensors.keys()]).toContain('average/statistics/norm/moving_mean');
  });

  it('has no averaged evaluation before swa starts, and uses the raw score', async () => {
    const { events } = await run({ averaging: swa({ start: 3 }) });
    const evaluations = events.filter((event) => event.type === 'evaluation');
    expect(evaluations.map(({ averaged }) => averaged !== null)).toEqual([false, false, true]);
    expect(evaluations[0]?.score).toBe(evaluations[0]?.evaluation.adversarial?.accuracy);
  });

  it('refuses to resume with another averaging or clipping', async () => {
    const store = memoryStore();
    await run({ averaging: ema({ decay: 0.9 }), checkpoint: store, ...stopAfter(2) });
    const resume = (changes: Partial<FitOptions>) => run({ checkpoint: store, resume: true, ...changes });
    await expect(resume({ averaging: ema({ decay: 0.95 }) })).rejects.toThrow(
      'averaging.decay was 0.9 and is 0.95. Set it back',
    );
    await expect(resume({})).rejects.toThrow('averaging was {"name":"ema"');
    await expect(resume({ averaging: ema({ decay: 0.9 }), clipNorm: 1 })).rejects.toThrow(
      'clipNorm was undefined and is 1.',
    );
  });

  it('refuses a checkpoint whose averaged weights, or their statistics, are missing', async () => {
    const [plain, averaging] = [memoryStore(), memoryStore()];
    await run({ checkpoint: plain });
    await run({ averaging: ema({ decay: 0.9 }), checkpoint: averaging, ...stopAfter(2) });
    const model = miniatureModel();
    made.push(model);
    const load = (store: typeof plain) => loadCheckpoint(model, store, { kind: 'last', weights: 'averaged' });
    await expect(load(plain)).rejects.toBeInstanceOf(CheckpointError);
    await expect(load(plain)).rejects.toThrow(
      "memory/last.safetensors: must hold averaged weights, but the run averaged none. Train with averaging: ema({ decay: 0.995 }), or take weights: 'raw'.",
    );
    const { tensors, run: state } = decoded(averaging.files);
    const without = new Map([...tensors].filter(([name]) => !name.startsWith('average/statistics/')));
    averaging.files.set(LAST_CHECKPOINT, encodeCheckpoint({ tensors: without, run: state }));
    await expect(load(averaging)).rejects.toThrow(
      'its averaged weights have no running statistics, and those of the raw weights do not fit them.',
    );
    await expect(run({ averaging: ema({ decay: 0.9 }), checkpoint: averaging, resume: true })).rejects.toThrow(
      'its averaged weights must have averaged running statistics, got none.',
    );
    const fewer = new Map([...tensors].filter(([name]) => name !== 'average/weights/logits/bias'));
    averaging.files.set(LAST_CHECKPOINT, encodeCheckpoint({ tensors: fewer, run: state }));
    await expect(load(averaging)).rejects.toThrow("'average/weights/logits/bias' [3] is missing");
    await expect(load(plain)).rejects.toThrow();
    await expect(loadCheckpoint(model, plain, { weights: 'ema' as 'raw' })).rejects.toThrow(
      "[@st/core] loadCheckpoint: weights must be one of 'raw', 'averaged', got 'ema'.",
    );
  });

  it('refuses a value that is not an averaging', async () => {
    await expect(run({ averaging: 0.995 as never })).rejects.toThrow(
      '[@st/core] fit: averaging must be an averaging, got 0.995. Build one: ema({ decay: 0.995 }) or swa({ start: 80 }).',
    );
  });
});
