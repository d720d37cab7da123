import type { Method } from '../method.ts';
import type { Schedule } from '../schedule.ts';

/** One flag: how it is written, read and explained, what it is by default, and with which methods or schedules it means anything. */
export type Setting<T, Neighbor = string> = {
  /** The flag with its argument, `--epsilon <radius>`; without an argument it is a switch that also takes `--no-...`. */
  readonly flag: string;
  readonly help: string;
  /**
   * The value in the recipe of Li et al. 2023 (arXiv 2205.11156), appendix: 120 epochs, rate 0.1 with drops at 80 and 100, 10 steps of
   * 2/255, beta 6. Presets override it.
   */
  readonly default: T;
  /** Runs of versions that did not have the flag are read back with its default, which means the same. */
  readonly isOptional?: true;
  readonly parse?: (text: string) => T;
  readonly methods?: readonly Method[];
  readonly schedules?: readonly Schedule[];
  /** Why it goes with these methods alone, where it is not that it means nothing with others. */
  readonly because?: string;
  /** Means nothing while this one is left out. */
  readonly needs?: Neighbor;
};

/** The settings of a group of choices. */
export type Settings<Choices> = { readonly [K in keyof Choices]: Setting<Choices[K], keyof Choices> };
