import type { Metrics } from '../metrics.ts';
import { resolveConfiguration } from '../resolve-configuration.ts';
import type { GalleryView, Landscape, ReportData } from './report-data.ts';

/** The data of a small report for tests: it has every part, with distinct numbers. */
export function testingReportData(): ReportData {
  return {
    configuration: resolveConfiguration({ preset: 'quick', given: { seed: 7, beta: 2.5 }, resume: false }, 'wasm'),
    environment: {
      backend: 'wasm',
      node: 'v20.19.0',
      platform: 'linux x64',
      processor: 'A <fast> & quiet one',
      cores: 2,
      versions: { '@tensorflow/tfjs-core': '4.22.0' },
    },
    training: {
      steps: 20,
      seconds: 64,
      trainExamples: 1234,
      validationExamples: 50,
      parameters: 4321,
      bestStep: 10,
      bestBy: 'robust',
    },
    metrics: [1, 2, 3].flatMap((part): Metrics[] => [
      {
        kind: 'step',
        step: part * 5,
        epoch: 1,
        learningRate: 0.1,
        imagesPerSecond: 40,
        terms: { total: 3 / part, natural: 2 / part, upper: 2.5 / part, lower: 1.5 / part, squeeze: 0.1 },
      },
      {
        kind: 'validation',
        step: part * 5,
        epoch: 1,
        examples: 50,
        naturalCorrect: 10 + part,
        robustCorrect: 5 + part,
      },
    ]),
    evaluation: {
      dataset: 'CIFAR-10 test',
      examples: 1000,
      attacks: [
        { name: 'none', detail: 'natural images', correct: 449 },
        { name: 'PGD-20', detail: '20 steps', correct: 259 },
      ],
    },
    gallery: [{ label: 'cat', views: { collaborative: view('cat'), natural: view('cat'), adversarial: view('dog') } }],
    landscapes: [landscape('squeeze-trained', 1), landscape('before training', 2)],
  };
}

function view(predicted: string): GalleryView {
  const pixels = Array.from({ length: 32 * 32 * 3 }, (_, i) => i % 256);
  return { pixels, perturbation: pixels, predicted, confidence: 0.625 };
}

function landscape(name: string, slope: number): Landscape {
  const positions = [-1, 0, 1];
  const mean = positions.map((position) => 2 + slope * position);
  return {
    name,
    examples: 16,
    positions,
    mean,
    low: mean.map((value) => value - 0.5),
    high: mean.map((value) => value + 0.5),
  };
}
