import { DataFormatError, presetSchedule, SGD, type SgdOptions } from '@st/core';
import type { SchedulePreset } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { BOUNDS } from './bounds.ts';
import type { Checker } from './checker.ts';
import { relativeError } from './compare.ts';
import type { Golden } from './golden.ts';
import { countOf, valuesAt } from './images.ts';
import type { Report } from './report.ts';

/** Defaults of optimizer settings that the header may state: those of the paper, with which the files were made. */
const MOMENTUM = 0.9;
const WEIGHT_DECAY = 5e-4;

/** The rows of rates: the preset of each, and the epochs of its run if the header does not state them. */
const ROWS: Readonly<Record<string, { readonly preset: SchedulePreset; readonly epochs?: number }>> = {
  lr_120e: { preset: '120e', epochs: 120 },
  lr_80e: { preset: '80e', epochs: 80 },
  rst_cosine: { preset: 'rst-cosine' },
  rst_trades: { preset: 'rst-trades' },
  rst_trades_fixed: { preset: 'rst-trades-fixed' },
  rst_wrn: { preset: 'rst-wrn' },
  trades_awp: { preset: 'trades-awp' },
};

/** Learning-rate schedules by epoch, and the optimizer's updates step by step. */
export const checkSchedules: Checker = (golden, report) => {
  for (const name of golden.names.filter((name) => !name.startsWith('sgd/'))) checkSchedule(golden, report, name);
  for (const [variant, options] of Object.entries(optimizerVariants(golden)))
    checkSgd(golden, report, variant, options);
};

/** A row holds the rates of epochs 0, 1, ..., including one epoch before the first and one after the last, to show the edges. */
function checkSchedule(golden: Golden, report: Report, name: string): void {
  const row = ROWS[name];
  if (!row) {
    throw new DataFormatError(
      `[@st/conformance] ${golden.file}: rows of rates must be ${Object.keys(ROWS).join(', ')}, got '${name}'.`,
    );
  }
  const schedule = presetSchedule(row.preset, golden.number('base_lr'));
  const epochs = row.epochs ?? golden.number('rst_epochs');
  const expected = golden.values(name);
  const actual = expected.map((_, epoch) => schedule({ epoch, step: 0, stepsPerEpoch: 1, epochs }));
  report.check(name, relativeError(actual, expected), BOUNDS.pure, `${expected.length} epochs`);
}

function optimizerVariants(golden: Golden): Readonly<Record<string, Omit<SgdOptions, 'learningRate'>>> {
  const momentum = Number(golden.setting('momentum') ?? MOMENTUM);
  const weightDecay = Number(golden.setting('weight_decay') ?? WEIGHT_DECAY);
  return {
    plain: {},
    mom: { momentum },
    mom_wd: { momentum, weightDecay },
    nesterov_wd: { momentum, weightDecay, nesterov: true },
  };
}

function checkSgd(golden: Golden, report: Report, variant: string, options: Omit<SgdOptions, 'learningRate'>): void {
  const name = `sgd/${variant}`;
  if (!golden.has(name)) return;
  const rates = golden.values('sgd/lrs');
  const shape = [...golden.tensor('sgd/w0').shape];
  const tensor = (values: Float64Array): tf.Tensor => tf.tensor(Float32Array.from(values), shape);
  const sgd = new SGD({ ...options, learningRate: ({ step }) => rates[step] ?? Number.NaN });
  const variable = tf.tidy(() => tf.variable(tensor(golden.values('sgd/w0'))));
  const steps = countOf(golden, name);
  const errors: number[] = [];
  for (let step = 0; step < steps; step++) {
    sgd.setProgress({ epoch: 1, step, stepsPerEpoch: steps, epochs: 1 });
    const gradient = tensor(valuesAt(golden, 'sgd/grads', step));
    sgd.update([{ name: 'w', variable }], new Map([['w', gradient]]));
    gradient.dispose();
    errors.push(relativeError(variable.dataSync(), valuesAt(golden, name, step)));
  }
  report.check(name, Math.max(...errors), BOUNDS.pure, `${steps} steps`);
  variable.dispose();
  sgd.dispose();
}
