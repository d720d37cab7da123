import { FLAGS, type RobustnessReport } from '@st/evaluation';
import { accuracyOf } from '@st/evaluation/report';

/** A small report for tests: it has every part, with distinct numbers. */
export function testingReport(): RobustnessReport {
  const norms = { count: 300, min: 0.01, lowerQuartile: 0.02, median: 0.025, upperQuartile: 0.03, max: 0.0314 };
  const attack = { settings: {}, rejected: 0, queries: 80_000, gradientCalls: 40_000, failed: null };
  return {
    schema: 'st-robustness-report',
    version: 1,
    threat: { norm: 'linf', epsilon: 8 / 255, bounds: [0, 1] },
    natural: accuracyOf(800, 1000),
    robust: accuracyOf(480, 1000),
    autoAttack: null,
    attacks: [
      {
        ...attack,
        name: 'apgd-ce',
        attacked: 800,
        broken: 300,
        marginalEffect: 0.3,
        robust: accuracyOf(500, 1000),
        norms,
      },
      {
        ...attack,
        name: 'square',
        attacked: 500,
        broken: 20,
        marginalEffect: 0.02,
        robust: accuracyOf(480, 1000),
        norms: null,
        rejected: 3,
        gradientCalls: 0,
      },
    ],
    brokenElsewhere: [],
    failures: [],
    judgement: { randomised: false, passes: 1 },
    smallestPerturbations: null,
    curve: [
      { epsilon: 4 / 255, robust: accuracyOf(640, 1000), attacks: ['pgd-20'] },
      { epsilon: 8 / 255, robust: accuracyOf(480, 1000), attacks: ['apgd-ce', 'square'] },
    ],
    flags: [
      { code: 'not-an-ensemble', ...FLAGS['not-an-ensemble'], seen: 'Attacks run: <two>.', evidence: {} },
      { code: 'gradients-zero', ...FLAGS['gradients-zero'], seen: '7 of 100.', evidence: { zero: 7 } },
    ],
    examples: [],
    dataset: {
      name: 'CIFAR-10 test',
      size: 10_000,
      classes: 10,
      classNames: null,
      digest: 'd1935',
      subset: { kind: 'random', seed: 5 },
      indices: Array.from({ length: 1000 }, (_, i) => i),
    },
    model: { name: 'a & b', digest: 'abc', parameters: 4321 },
    seed: 0,
    batchSize: 100,
    backend: 'wasm',
    versions: { '@st/evaluation': '0.1.0' },
    timing: {
      natural: 2,
      attacks: [
        { name: 'apgd-ce', seconds: 61 },
        { name: 'square', seconds: 7200 },
      ],
      distances: 0,
      curve: 5,
      checks: 3,
      total: 7271,
    },
  };
}
