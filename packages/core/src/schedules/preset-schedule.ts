import { checkChoice, checkNumber } from '../errors/check-options.ts';
import { piecewise } from './piecewise.ts';
import type { Schedule } from './schedule.ts';

const WHERE = '[@st/core] presetSchedule';

/** Squeeze training's schedules, by their length. */
export type SchedulePreset = '120e' | '80e';

/** Epochs at which each preset's rate drops to a tenth. */
const DROPS: Readonly<Record<SchedulePreset, readonly [number, number]>> = { '120e': [80, 100], '80e': [50, 65] };

export const SCHEDULE_PRESETS: readonly SchedulePreset[] = ['120e', '80e'];

/**
 * The schedules of squeeze training: `base`, a tenth of it from the first drop on, a hundredth from the second
 * (`'120e'`: epochs 80 and 100 of 120; `'80e'`: epochs 50 and 65 of 80).
 * @param base - Initial learning rate: 0.1 on CIFAR, 0.01 on SVHN.
 * @throws {InvalidArgumentError} for an unknown preset.
 * @see Li et al. 2023, "Squeeze training for adversarial robustness", arXiv 2205.11156, section 5
 */
export function presetSchedule(preset: SchedulePreset, base: number): Schedule {
  checkChoice(WHERE, 'preset', preset, SCHEDULE_PRESETS);
  checkNumber(WHERE, 'base', base, { min: 0 });
  const [first, second] = DROPS[preset];
  return piecewise(base, { [first]: base / 10, [second]: base / 100 });
}
