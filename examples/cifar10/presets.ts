import type { Configuration } from './configuration.ts';

/** A configuration that still lacks the back end; `maxSteps` may depend on it. */
export type Preset = Omit<Configuration, 'preset' | 'backend' | 'maxSteps'> & {
  readonly maxSteps: number | null | { readonly [backend: string]: number };
  readonly summary: string;
};

/**
 * Steps of `quick` by back end: a fixed number, not a time, so that a seed gives the same weights wherever it runs. Each is what 2 cores
 * of an AVX-512 x86 do in about seven minutes.
 */
const QUICK_STEPS = { 'tfjs-node-gpu': 1200, native: 393, 'tfjs-node': 120, webgpu: 393, wasm: 24, cpu: 2 };

/** The recipe of Li et al. 2023 (arXiv 2205.11156), appendix: 120 epochs, rate 0.1 with drops at 80 and 100, 10 steps of 2/255, beta 6. */
const PAPER: Preset = {
  summary: 'ResNet-18, 120 epochs: the published recipe',
  method: 'squeeze',
  model: 'resnet18',

  epsilon: 8 / 255,
  stepSize: 2 / 255,
  steps: 10,
  beta: 6,
  divergence: 'symmetric-kl',
  points: 'published',

  lr: 0.1,
  schedule: 'piecewise',
  dropEpochs: [80, 100],
  dropFactor: 0.1,
  rise: 0.3,
  momentum: 0.9,
  nesterov: false,
  weightDecay: 5e-4,
  epochs: 120,
  maxSteps: null,
  batchSize: 128,

  augment: true,
  trainExamples: null,
  validation: 1000,
  validateEvery: null,
  validationSteps: 20,

  evalExamples: 10_000,
  evalSteps: 20,
  evalStepSize: 2 / 255,
  pathExamples: 500,

  seed: 1,
  checkpointEvery: 100,
};

/** The 80-epoch recipe of the same paper. */
const EIGHTY_EPOCHS = { epochs: 80, dropEpochs: [50, 65] };

export const PRESETS = {
  quick: {
    ...PAPER,
    summary: 'WRN-10-2 for about seven minutes on 2 cores',
    model: 'wrn-10-2',
    steps: 3,
    stepSize: 4 / 255,
    beta: 3,
    schedule: 'one-cycle',
    epochs: 4,
    maxSteps: QUICK_STEPS,
    validation: 500,
    validateEvery: 100,
    validationSteps: 10,
    evalExamples: 1000,
    pathExamples: 200,
    checkpointEvery: 50,
  },
  miniature: {
    ...PAPER,
    summary: 'a few steps on a few images, to try the machinery',
    model: 'wrn-10-1',
    steps: 2,
    stepSize: 4 / 255,
    beta: 3,
    schedule: 'one-cycle',
    epochs: 2,
    batchSize: 16,
    trainExamples: 80,
    validation: 32,
    validateEvery: 4,
    validationSteps: 2,
    evalExamples: 32,
    evalSteps: 3,
    pathExamples: 8,
    checkpointEvery: 2,
  },
  'paper-resnet18': PAPER,
  'paper-resnet18-80': { ...PAPER, ...EIGHTY_EPOCHS, summary: 'ResNet-18, 80 epochs: the published shorter recipe' },
  'paper-wrn-34-10': { ...PAPER, summary: 'WRN-34-10, 120 epochs: the published recipe', model: 'wrn-34-10' },
  'paper-wrn-34-10-80': {
    ...PAPER,
    ...EIGHTY_EPOCHS,
    summary: 'WRN-34-10, 80 epochs: the published shorter recipe',
    model: 'wrn-34-10',
  },
} as const satisfies { readonly [name: string]: Preset };

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES: readonly PresetName[] = Object.keys(PRESETS).filter(
  (name): name is PresetName => name in PRESETS,
);

/** The values of a preset on a back end. */
export function presetValues(name: PresetName, backend: string): Omit<Configuration, 'preset' | 'backend'> {
  const { summary: _, maxSteps, ...values } = PRESETS[name] as Preset;
  const steps = typeof maxSteps === 'object' && maxSteps !== null ? (maxSteps[backend] ?? null) : maxSteps;
  return { ...values, maxSteps: steps };
}
