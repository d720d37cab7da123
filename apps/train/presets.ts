import type { BackendName } from '@st/backend';

import type { Configuration } from './configuration.ts';
import type { PresetName } from './preset-names.ts';
import { type Choices, defaultsOf } from './settings/settings.ts';

/** The values of a configuration without the back end, and the values that depend on the back end. */
export type Preset = {
  readonly summary: string;
  readonly values: PresetValues;
  readonly onBackend?: { readonly [backend in BackendName]: Partial<PresetValues> };
};

export type PresetValues = Omit<Configuration, 'preset' | 'backend'>;

/**
 * The amount of work of `quick` by back end. It is a number of steps, not a time, so that a seed gives the same weights on every machine. Chosen to take
 * about seven minutes on 2 cores, evaluation included; measured for native and wasm, estimated from their speed for the others.
 */
const QUICK_BY_BACKEND: { readonly [backend in BackendName]: Partial<PresetValues> } = {
  'tfjs-node-gpu': { maxSteps: 6000, baselineSteps: 400, augment: true },
  native: { maxSteps: 2700, baselineSteps: 200 },
  'tfjs-node': { maxSteps: 1200, delay: 350, evalExamples: 500, pathExamples: 100, baselineSteps: 100 },
  webgpu: { maxSteps: 2700, baselineSteps: 200 },
  'st-wasm': {
    maxSteps: 1000,
    delay: 260,
    evalExamples: 400,
    pathExamples: 100,
    baselineSteps: 50,
    validateEvery: 200,
  },
  wasm: {
    maxSteps: 150,
    delay: 50,
    evalExamples: 100,
    pathExamples: 25,
    baselineSteps: 20,
    validation: 50,
    validateEvery: 50,
  },
  cpu: { maxSteps: 4, evalExamples: 10, pathExamples: 10, baselineSteps: 1, validation: 10 },
};

/** The published recipe. */
const PAPER = withoutBackend(defaultsOf('all'));

/** The 80-epoch recipe of the same paper. */
const EIGHTY_EPOCHS = { epochs: 80, dropEpochs: [50, 65] };

/**
 * WRN-10-1 with a one-cycle schedule and a search of two steps: of the recipes tried, it learns most within minutes. The network and the batches are
 * small because the number of updates limits so short a training: a step of WRN-10-2 takes four times as long, and it ends 3 points lower under PGD-20.
 * Natural training comes first, at a seventh of the cost per step. No augmentation, because each image is used only once or twice.
 */
const QUICK: PresetValues = {
  ...PAPER,
  model: 'wrn-10-1',
  steps: 2,
  stepSize: 6 / 255,
  beta: 3,
  start: 'uniform',
  delay: 700,
  augment: false,
  lr: 0.04,
  schedule: 'one-cycle',
  epochs: 4,
  batchSize: 32,
  validation: 500,
  validateEvery: 280,
  validationSteps: 5,
  evalExamples: 1000,
  pathExamples: 200,
  checkpointEvery: 50,
};

const MINIATURE: PresetValues = {
  ...QUICK,
  widths: [4, 8, 16],
  start: null,
  delay: 0,
  augment: true,
  steps: 2,
  epochs: 2,
  batchSize: 16,
  trainExamples: 80,
  validation: 30,
  validateEvery: 3,
  validationSteps: 2,
  evalExamples: 40,
  evalSteps: 3,
  pathExamples: 16,
  baselineSteps: 5,
  checkpointEvery: 2,
};

export const PRESETS: { readonly [name in PresetName]: Preset } = {
  quick: { summary: 'WRN-10-1 for about seven minutes on 2 cores', values: QUICK, onBackend: QUICK_BY_BACKEND },
  miniature: { summary: 'a few steps on a few images, to check that everything runs', values: MINIATURE },
  'paper-resnet18': { summary: 'ResNet-18, 120 epochs: the published recipe', values: PAPER },
  'paper-resnet18-80': {
    summary: 'ResNet-18, 80 epochs: the published shorter recipe',
    values: { ...PAPER, ...EIGHTY_EPOCHS },
  },
  'paper-wrn-34-10': {
    summary: 'WRN-34-10, 120 epochs: the published recipe',
    values: { ...PAPER, model: 'wrn-34-10' },
  },
  'paper-wrn-34-10-80': {
    summary: 'WRN-34-10, 80 epochs: the published shorter recipe',
    values: { ...PAPER, ...EIGHTY_EPOCHS, model: 'wrn-34-10' },
  },
};

/** The values of a preset on a back end. */
export function presetValues(name: PresetName, backend: BackendName): PresetValues {
  const { values, onBackend } = PRESETS[name];
  return { ...values, ...onBackend?.[backend] };
}

function withoutBackend({ backend: _, ...values }: Partial<Choices>): PresetValues {
  return values as PresetValues; // only the back end is missing
}
