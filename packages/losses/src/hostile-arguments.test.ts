import { testHostileArguments } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';

import * as main from './index.ts';
import * as kit from './kit.ts';

const losses = { ...main, ...kit };

const logits = (): tf.Tensor2D => tf.tensor2d([1, 0, 2, 0, 1, 3, 2, 1], [2, 4]);
const labels = (): tf.Tensor1D => tf.tensor1d([0, 1], 'int32');
const views = () => ({ natural: logits(), collaborative: logits(), adversarial: logits() });
const natural = losses.naturalLoss();
const objective = losses.objective({ search: losses.noSearch, loss: natural });
testHostileArguments({
  exports: losses,
  isWhole: (value) => value === objective,
  takesAny: ['noSearch'],
  calls: {
    adversarialLoss: () => [{ labelSmoothing: 0.1 }],
    alpLoss: () => [{ beta: 1 }],
    crossEntropy: () => [logits(), labels(), { labelSmoothing: 0.1 }],
    crossEntropyPerExample: () => [logits(), labels(), { labelSmoothing: 0.1 }],
    withDelay: () => [objective, { steps: 2, before: objective }],
    divergenceNamed: () => ['l2'],
    dlrPerExample: () => [logits(), labels()],
    jensenShannon: () => [logits(), logits()],
    klDivergence: () => [logits(), logits()],
    klDivergencePerExample: () => [logits(), logits()],
    margin: () => [logits(), labels()],
    martLoss: () => [{ beta: 5 }],
    naturalLoss: () => [{ labelSmoothing: 0.1 }],
    objective: () => [{ search: losses.noSearch, loss: natural, passes: natural.passes }],
    pickViews: () => [labels(), views()],
    rstTradesLoss: () => [{ beta: 6 }],
    selectExtremes: () => [views(), labels()],
    squaredL2: () => [logits(), logits()],
    squeezeLoss: () => [{ beta: 6, divergence: 'l2' }],
    stopGradient: () => [logits()],
    symmetricKl: () => [logits(), logits()],
    symmetricKlFullGradient: () => [logits(), logits()],
    targetedDlrPerExample: () => [logits(), labels(), tf.tensor1d([2, 3], 'int32')],
    tradesLoss: () => [{ beta: 6 }],
    withRandomWeightPerturbation: () => [objective, { gamma: 0.01 }],
    withWeightPerturbation: () => [objective, { gamma: 0.01 }],
    withoutGradient: () => [() => tf.scalar(1)],
  },
});

const of = (...names: (keyof ReturnType<typeof views>)[]) => Object.fromEntries(names.map((name) => [name, logits()]));

testHostileArguments({
  exports: {
    adversarial: losses.adversarialLoss(),
    alpTraining: losses.alpLoss({ beta: 1 }),
    martTraining: losses.martLoss({ beta: 5 }),
    natural,
    rstTradesTraining: losses.rstTradesLoss({ beta: 6 }),
    squeezeTraining: losses.squeezeLoss({ beta: 6, divergence: 'l2' }),
    tradesTraining: losses.tradesLoss({ beta: 6 }),
  },
  calls: {
    adversarial: () => [of('adversarial'), labels()],
    alpTraining: () => [of('natural', 'adversarial'), labels()],
    martTraining: () => [of('natural', 'adversarial'), labels()],
    natural: () => [of('natural'), labels()],
    rstTradesTraining: () => [of('natural', 'adversarial'), labels()],
    squeezeTraining: () => [of('natural', 'collaborative', 'adversarial'), labels()],
    tradesTraining: () => [of('natural', 'adversarial'), labels()],
  },
});
