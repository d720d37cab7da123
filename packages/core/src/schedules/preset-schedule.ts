import { checkChoice, checkNumber } from '../errors/check-options.ts';
import { cosine } from './cosine.ts';
import { piecewise } from './piecewise.ts';
import { checkProgress, type Schedule } from './schedule.ts';

const WHERE = '[@st/core] presetSchedule';

/**
 * Schedules of published training codes, where E is the number of epochs and r the base rate:
 * - `'120e'`, `'80e'`: squeeze training: r, r/10 and r/100 from epochs 80 and 100, or 50 and 65;
 * - `'trades-awp'`: TRADES with AWP: r, r/10 and r/100 from epochs 100 and 150, independent of E; meant for E = 200;
 * - `'rst-cosine'`: robust self-training: half a cosine to 0, epoch by epoch;
 * - `'rst-trades'`: r, and r/10 from epoch 3E/4, as in TRADES' code;
 * - `'rst-trades-fixed'`: r, r/10 from 3E/4, r/100 from 9E/10, r/1000 in the last epoch, as in TRADES' paper;
 * - `'rst-wrn'`: r, divided by 5 at each of 3E/10, 6E/10 and 8E/10: wide residual networks.
 */
export type SchedulePreset =
  | '120e'
  | '80e'
  | 'trades-awp'
  | 'rst-cosine'
  | 'rst-trades'
  | 'rst-trades-fixed'
  | 'rst-wrn';

const BUILDERS: Readonly<Record<SchedulePreset, (base: number) => Schedule>> = {
  '120e': (base) => piecewise(base, { 80: base / 10, 100: base / 100 }),
  '80e': (base) => piecewise(base, { 50: base / 10, 65: base / 100 }),
  'trades-awp': (base) => piecewise(base, { 100: base / 10, 150: base / 100 }),
  'rst-cosine': (base) => cosine(base),
  'rst-trades': (base) => droppingAt(base, [{ from: 0.75, factor: 0.1 }]),
  'rst-trades-fixed': (base) =>
    droppingAt(base, [
      { from: 0.75, factor: 0.1 },
      { from: 0.9, factor: 0.01 },
      { from: 1, factor: 0.001 },
    ]),
  'rst-wrn': (base) =>
    droppingAt(base, [
      { from: 0.3, factor: 0.2 },
      { from: 0.6, factor: 0.2 ** 2 },
      { from: 0.8, factor: 0.2 ** 3 },
    ]),
};

export const SCHEDULE_PRESETS: readonly SchedulePreset[] = [
  '120e',
  '80e',
  'trades-awp',
  'rst-cosine',
  'rst-trades',
  'rst-trades-fixed',
  'rst-wrn',
];

/**
 * The schedule of a published training code.
 * @param base - Initial learning rate: 0.1 on CIFAR, 0.01 on SVHN.
 * @throws {InvalidArgumentError} for an unknown preset or a rate below 0.
 * @see Li et al. 2023, "Squeeze training for adversarial robustness", arXiv 2205.11156, section 5; Carmon et al. 2019, arXiv 1905.13736;
 * Wu et al. 2020, AWP, arXiv 2004.05884; Zagoruyko and Komodakis 2016, arXiv 1605.07146
 */
export function presetSchedule(preset: SchedulePreset, base: number): Schedule {
  checkChoice(WHERE, 'preset', preset, SCHEDULE_PRESETS);
  checkNumber(WHERE, 'base', base, { min: 0 });
  return BUILDERS[preset](base);
}

/** A drop of the rate to `factor` times the base, from the fraction `from` of the epochs on. */
type Drop = { readonly from: number; readonly factor: number };

function droppingAt(base: number, drops: readonly Drop[]): Schedule {
  return (progress) => {
    const { epoch, epochs } = checkProgress(WHERE, progress);
    return base * (drops.findLast(({ from }) => epoch >= from * epochs)?.factor ?? 1);
  };
}
