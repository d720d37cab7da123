import type { Method } from '../method.ts';
import type { Schedule } from '../schedule.ts';

/** One flag: its syntax, parser, help and default, and the methods and schedules that it applies to. */
export type Setting<T, Neighbor = string> = {
  /** The flag with its argument, `--epsilon <radius>`; without an argument it is a switch that also takes `--no-...`. */
  readonly flag: string;
  readonly help: string;
  /**
   * The value in the recipe of Li et al. 2023 (arXiv 2205.11156), appendix: 120 epochs, rate 0.1 with drops at 80 and 100, 10 steps of
   * 2/255, beta 6. Presets override it.
   */
  readonly default: T;
  /** Runs of versions without the flag are read with its default, which has no effect. */
  readonly isOptional?: true;
  readonly parse?: (text: string) => T;
  readonly methods?: readonly Method[];
  readonly schedules?: readonly Schedule[];
  /** Why it applies only to these methods, if not because it has no effect with others. */
  readonly because?: string;
  /** It has no effect unless this setting is given. */
  readonly needs?: Neighbor;
};

/** The settings of a group of choices. */
export type Settings<Choices> = { readonly [K in keyof Choices]: Setting<Choices[K], keyof Choices> };
