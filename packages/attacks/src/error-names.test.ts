import { type Batch, type Classifier, createRng } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { randomnessOf } from './fixtures/run-attack.fixture.ts';
import { grayExamples, severalClasses } from './fixtures/several-classes.fixture.ts';
import * as attacks from './index.ts';

const threat = attacks.linf(0.1);
const walk = { threat, steps: 2, stepSize: 0.05 };
const training = { epsilon: 0.1, steps: 2, stepSize: 0.05, beta: 1 };

/** Every factory with options that it takes, and one that it refuses. */
const REFUSED: Readonly<Record<string, readonly [good: object, bad: object]>> = {
  fgsmSearch: [{ threat }, { mode: 'train' }],
  pgdSearch: [walk, { mode: 'train' }],
  fgsmRsSearch: [{ threat }, { stepSize: 0 }],
  nFgsmSearch: [{ threat }, { stepSize: 0 }],
  collaborativeSearch: [walk, { steps: 0 }],
  tradesSearch: [walk, { steps: 0 }],
  squeezeSearch: [{ ...walk, divergence: 'js' }, { steps: 0 }],
  adversarialTraining: [{ epsilon: 0.1, steps: 2, stepSize: 0.05 }, { mode: 'train' }],
  alpTraining: [training, { mode: 'train' }],
  martTraining: [training, { steps: 0 }],
  tradesTraining: [training, { steps: 0 }],
  rstTradesTraining: [training, { steps: 0 }],
  squeezeTraining: [training, { points: 'other' }],
  fgsmRsTraining: [{ epsilon: 0.1 }, { stepSize: 0 }],
  nFgsmTraining: [{ epsilon: 0.1 }, { noise: 0 }],
  freeAdversarialTraining: [{ epsilon: 0.1, replays: 2 }, { replays: 0 }],
  fgsmAttack: [{ threat }, { threat: { ...threat, epsilon: 8 } }],
  pgdAttack: [walk, { start: 'other' }],
  apgdAttack: [{ threat, loss: 'ce' }, { rho: 2 }],
  fabAttack: [{ threat }, { eta: 0 }],
  squareAttack: [{ threat }, { pInit: 0 }],
  carliniWagnerAttack: [{ threat: attacks.l2(0.5) }, { steps: 0 }],
};

const factories = attacks as unknown as Readonly<Record<string, (options: object) => unknown>>;
const build = (name: string, options: object): unknown => factories[name]?.(options);
const named = (name: string): RegExp => new RegExp(`^\\[@st/attacks\\] ${name}: `);

/** Right at the images, NaN everywhere else. */
function undefinedAway(batch: Batch): Classifier {
  const inner = severalClasses(5);
  return {
    ...inner,
    logits: (x, mode) =>
      tf.tidy(() => {
        const isSame = x.shape[0] === batch.images.shape[0] && tf.equal(x, batch.images).dataSync().every(Boolean);
        return tf.mul(inner.logits(x, mode), isSame ? 1 : Number.NaN) as tf.Tensor2D;
      }),
  };
}

describe('errors name the function that the user called', () => {
  it.each(Object.keys(REFUSED))('%s, for a wrong option', (name) => {
    const [good, bad] = REFUSED[name] as readonly [object, object];
    expect(build(name, good)).toBeDefined();
    expect(() => build(name, { ...good, ...bad })).toThrow(named(name));
    if ('epsilon' in good) expect(() => build(name, { ...good, epsilon: 8 })).toThrow(named(name));
  });

  const searches = Object.keys(REFUSED).filter((name) => name.endsWith('Search'));
  it.each(searches)('%s, for a wrong argument of the search', (name) => {
    const search = build(name, REFUSED[name]?.[0] ?? {}) as (...call: unknown[]) => unknown;
    const { images, labels } = grayExamples(severalClasses(5), 3);
    expect(() => search(severalClasses(5), { images, labels: images }, createRng(1))).toThrow(named(name));
    expect(() => search(severalClasses(5), { images, labels }, undefined)).toThrow(named(name));
    tf.dispose([images, labels]);
  });

  it('collaborativeSearch, and the option of a loss that does not depend on the logits', () => {
    const search = attacks.collaborativeSearch({ ...walk, descend: (logits) => tf.zeros([logits.shape[0]]) });
    const batch = grayExamples(severalClasses(5), 3);
    expect(() => search(severalClasses(5), batch, createRng(1))).toThrow(
      '[@st/attacks] collaborativeSearch: descend must return losses that depend on the logits',
    );
    tf.dispose([batch.images, batch.labels]);
  });

  it.each([
    ['fgsmAttack', attacks.fgsmAttack({ threat })],
    ['pgdAttack', attacks.pgdAttack(walk)],
    ['apgdAttack', attacks.apgdAttack({ threat, loss: 'ce', iterations: 3 })],
    ['apgdAttack', attacks.apgdAttack({ threat: attacks.l1(1), loss: 'ce', iterations: 5, radii: 'decreasing' })],
    ['fabAttack', attacks.fabAttack({ threat, iterations: 3 })],
    ['squareAttack', attacks.squareAttack({ threat, queries: 3 })],
    ['carliniWagnerAttack', attacks.carliniWagnerAttack({ threat: attacks.l2(0.5), steps: 3, constants: 1 })],
  ] as const)('%s, for NaN logits', async (name, attack) => {
    const batch = grayExamples(severalClasses(5), 3);
    const running = attack.run(undefinedAway(batch), batch, randomnessOf(1, [0, 1, 2]));
    await expect(running).rejects.toThrow(named(name));
    await expect(running).rejects.toThrow('logits must not be NaN');
    tf.dispose([batch.images, batch.labels]);
  });
});
