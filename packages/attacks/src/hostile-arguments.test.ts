import { asClassifier, type Classifier, createRng, type Rng } from '@st/core';
import { SQUEEZE_RST_PASSES } from '@st/losses';
import { testHostileArguments } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { randomnessOf } from './fixtures/run-attack.fixture.ts';
import * as attacks from './index.ts';
import * as parts from './parts.ts';

const threat = attacks.linf(0.1);
const walk = { threat, steps: 1, stepSize: 0.05 };
const SHAPE: [number, number, number, number] = [2, 2, 2, 3];

const classifier: Classifier = asClassifier(
  (images) => tf.slice(tf.reshape(images, [-1, 12]) as tf.Tensor2D, [0, 0], [-1, 4]),
  {
    classes: 4,
    imageShape: [2, 2, 3],
  },
);
const images = (): tf.Tensor4D => tf.fill(SHAPE, 0.5);
const labels = (): tf.Tensor1D => tf.tensor1d([0, 0], 'int32');
const examples = (): { images: tf.Tensor4D; labels: tf.Tensor1D } => ({ images: images(), labels: labels() });
const rng = (): Rng => createRng(1);
const draws = (): parts.SquareDraws => ({
  shared: (count) => new Array<number>(count).fill(0.3),
  each: (rows, count) => new Array<number>(rows.length * count).fill(0.3),
});
const fabSteps = { alphaMax: 0.1, eta: 1.05, beta: 0.9 };
const signal = new AbortController().signal;
const preset = { epsilon: 0.1, steps: 1, stepSize: 0.05 };

testHostileArguments({
  exports: { ...attacks, ...parts },
  isWhole: (value) => value === classifier,
  takesNull: ['checkAttacks: 1'], // a name in messages
  calls: {
    adversarialTraining: () => [
      {
        ...{ ...preset, norm: 'l2', start: 'uniform', clipStart: true, mode: 'inference', restarts: 2 },
        ...{ keep: 'strongest', labelSmoothing: 0.1 },
      },
    ],
    alpTraining: () => [
      {
        ...{ ...preset, norm: 'l2', beta: 0.5, start: 'uniform', clipStart: true, mode: 'inference' },
        labelSmoothing: 0.1,
      },
    ],
    apgdAttack: () => [
      { threat, loss: 'ce', iterations: 5, restarts: 1, eot: 1, rho: 0.75, radii: 'fixed', keep: 'last', name: 'a' },
    ],
    apgdCheckpoints: () => ['linf', 10],
    apgdOscillates: () => [Float32Array.of(0, 1, 0, 0), 2, 2, 0.75],
    apgdRun: () => [
      classifier,
      examples(),
      images(),
      {
        threat,
        loss: 'ce',
        iterations: 1,
        rho: 0.75,
        eot: 1,
        keep: 'last',
        from: 'random',
        signal,
        trace: () => undefined,
      },
    ],
    apgdSchedule: () => [{ norm: 'l1', epsilon: 1, iterations: 5, rho: 0.75, startLoss: 0, pixels: 12, moved: null }],
    apgdStart: () => [threat, images(), images()],
    ascentStep: () => [
      classifier,
      { ...examples(), points: images() },
      { threat, stepSize: 0.1, mode: 'inference', ascend: 'margin', direction: 'up', projection: 'threat' },
    ],
    autoAttack: () => [{ threat, classes: 4, version: 'standard', iterations: 1, queries: 1 }],
    autoAttackVersion: () => [[attacks.fabAttack({ threat })]],
    carliniWagnerAttack: () => [
      {
        threat: attacks.l2(0.5),
        steps: 1,
        constants: 1,
        firstConstant: 1,
        learningRate: 0.1,
        confidence: 0,
        earlyStop: 'never',
        keep: 'first',
        name: 'c',
      },
    ],
    carliniWagnerRun: () => [
      classifier,
      examples(),
      { steps: 1, constants: 1, firstConstant: 1, learningRate: 0.1, confidence: 0, doneWithin: 0, earlyStop: 'never' },
      signal,
    ],
    checkAttacks: () => ['[@st/x] y', 'attacks', [attacks.fabAttack({ threat })]],
    checkThreat: () => ['[@st/x] y', threat],
    collaborativeSearch: () => [{ ...walk, start: 'natural', mode: 'inference', descend: 'margin' }],
    epsilonsOf: () => [attacks.linf([0.1, 0.2, 0]), [2, 2, 3]],
    fabAttack: () => [
      { threat, iterations: 1, restarts: 1, targeted: 2, keep: 'first', finalSearch: 1, name: 'f', ...fabSteps },
    ],
    fabDistances: () => [
      classifier,
      examples(),
      randomnessOf(1, [0, 1]),
      { threat, iterations: 1, restarts: 1, targeted: 2, finalSearch: 1, name: 'f', ...fabSteps, signal },
    ],
    fabRun: () => [
      classifier,
      examples(),
      images(),
      { threat, iterations: 1, keep: 'smallest', finalSearch: 1, ...fabSteps, signal },
    ],
    fabStart: () => [threat, images(), images()],
    fgsmSearch: () => [{ threat, mode: 'inference', ascend: 'margin', targets: labels() }],
    fgsmAttack: () => [{ threat, name: 'f' }],
    fgsmRsTraining: () => [{ epsilon: 0.1, stepSize: 0.1, mode: 'inference', labelSmoothing: 0.1 }],
    fgsmRsSearch: () => [{ threat, stepSize: 0.1, start: images(), mode: 'inference' }],
    freeAdversarialTraining: () => [{ epsilon: 0.1, replays: 2, stepSize: 0.1, labelSmoothing: 0.1 }],
    l1: () => [1],
    l1BoxShift: () => [images(), images(), 1],
    l2: () => [1],
    linf: () => [0.1],
    martTraining: () => [{ ...preset, beta: 5, start: 'uniform', mode: 'inference' }],
    nFgsmTraining: () => [{ epsilon: 0.1, stepSize: 0.1, noise: 1, mode: 'inference', labelSmoothing: 0.1 }],
    nFgsmSearch: () => [{ threat, stepSize: 0.1, noise: 1, start: images(), mode: 'inference' }],
    naturalTraining: () => [{ labelSmoothing: 0.1 }],
    nearestBoundary: () => [
      { norm: 'l2', classifier, points: images(), labels: labels(), rivals: [tf.tensor1d([1, 2], 'int32')] },
    ],
    pgdSearch: () => [
      {
        ...{ ...walk, start: 'uniform', clipStart: true, mode: 'inference', ascend: 'margin', restarts: 1 },
        ...{ keep: 'last', targets: () => labels() },
      },
    ],
    pgdAttack: () => [{ ...walk, start: 'uniform', ascend: 'margin', restarts: 1, name: 'p' }],
    project: () => [threat, images(), images()],
    projectL1: () => [images(), images(), 1],
    projectL1Box: () => [images(), images(), 1],
    projectL2: () => [images(), images(), 1],
    projectLinf: () => [images(), images(), 1],
    projectOnHyperplane: () => ['l2', { point: [0.5], normal: [1], gap: 0.1, shares: [1] }],
    randomStart: () => ['uniform', threat, [2, 2, 2, 3], rng()],
    rstTradesTraining: () => [{ ...preset, beta: 6, entropyWeight: 1, start: 'uniform', mode: 'inference' }],
    sameThreat: () => [threat, threat],
    squareAttack: () => [{ threat, queries: 1, restarts: 1, pInit: 0.8, rescale: true, loss: 'margin', name: 's' }],
    squareBump: () => ['l2', 3, 3],
    squareFraction: () => [3, { pInit: 0.8, queries: 10, rescale: true }],
    squareRun: () => [
      classifier,
      examples(),
      { threat, loss: 'margin', pInit: 0.8, queries: 1, rescale: false },
      draws(),
      signal,
    ],
    squareSide: () => ['l2', 0.5, [8, 8, 3]],
    squeezeTraining: () => [
      {
        ...{ ...preset, beta: 6, points: 'published', start: 'uniform', divergence: 'l2', labelSmoothing: 0.1 },
        passes: SQUEEZE_RST_PASSES,
      },
    ],
    squeezeSearch: () => [{ ...walk, divergence: 'l2', points: 'consistent', start: 'uniform' }],
    squeezeStep: () => [
      classifier,
      examples(),
      { adversarial: images(), collaborative: images(), naturalLogits: tf.zeros([2, 4]) },
      { threat, stepSize: 0.1, divergence: 'l2', points: 'published' },
    ],
    startPerExample: () => ['uniform', threat, images(), [rng(), rng()]],
    steepestDirection: () => ['linf', images()],
    threatJson: () => [threat],
    withRadius: () => [threat, 0.1],
    tradesTraining: () => [
      { ...preset, norm: 'l2', beta: 6, start: 'uniform', mode: 'inference', labelSmoothing: 0.1 },
    ],
    tradesSearch: () => [{ ...walk, start: 'uniform', mode: 'inference' }],
    transferAttack: () => [
      { ...walk, start: 'uniform', ascend: 'margin', restarts: 1, source: classifier, sourceName: 'x', name: 't' },
    ],
  },
});
