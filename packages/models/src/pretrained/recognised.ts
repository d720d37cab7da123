import type { NetOptions } from '../nets/net-options.ts';
import type { Architecture } from './architecture.ts';
import type { ChosenNormalization } from './choose-normalization.ts';

/** What was read off the names and shapes of a state_dict. */
export type Recognised = {
  /** The name that papers use: `ResNet-18`, `WRN-34-10`. */
  readonly name: string;
  /** The function of this package that builds it, with widths, blocks and classes. */
  readonly architecture: Architecture;
  readonly classes: number;
  readonly activation: NonNullable<NetOptions['activation']>;
  readonly normalization: ChosenNormalization;
  /** What stood before the network's names in the file: `module.`; `''` for nothing. */
  readonly prefix: string;
  /** Names that are in the file and say nothing of the network's output: counters of batches, a block that is never called. */
  readonly ignored: readonly string[];
  /** What a state_dict cannot tell and was assumed, and the option that says otherwise. */
  readonly warnings: readonly string[];
  /** All of it in one line for a log or report. */
  readonly line: string;
};

/** Puts together what was found. */
export function describeRecognised(found: Omit<Recognised, 'warnings' | 'line' | 'classes'>): Recognised {
  const { classes } = found.architecture.options;
  const warnings = warningsOf(found);
  const parts = [
    `${found.name}, ${classes} classes, ${ACTIVATION_NAMES[found.activation]}`,
    describeNormalization(found.normalization),
    ...(found.prefix ? [`names without '${found.prefix}'`] : []),
    ...(found.ignored.length > 0 ? [`ignored ${describeIgnored(found.ignored)}`] : []),
    ...warnings,
  ];
  return { ...found, classes, warnings, line: `${parts.join('; ')}.` };
}

const ACTIVATION_NAMES = { relu: 'ReLU', silu: 'SiLU' } as const;

function describeNormalization({ values, from }: ChosenNormalization): string {
  if (!values) return from === 'option' ? 'no normalisation, as asked' : 'no normalisation';
  const source = { option: 'as asked', file: 'from the file', published: 'as published', default: '' }[from];
  const list = (numbers: readonly number[]): string => numbers.map((value) => Number(value.toPrecision(4))).join(', ');
  return `normalised by mean (${list(values.mean)}) and std (${list(values.std)}) ${source}`;
}

function describeIgnored(ignored: readonly string[]): string {
  const counters = ignored.filter((name) => name.endsWith('.num_batches_tracked')).length;
  const rest = ignored.filter((name) => !name.endsWith('.num_batches_tracked'));
  const groups = new Map<string, number>();
  for (const name of rest) {
    const group = name.includes('sub_block1.') ? 'sub_block1' : 'the attacker';
    groups.set(group, (groups.get(group) ?? 0) + 1);
  }
  const others = [...groups].map(([group, count]) => `${count} tensors of ${group}`);
  return [...(counters > 0 ? [`${counters} counters of batches`] : []), ...others].join(' and ');
}

function warningsOf({
  architecture,
  normalization,
  activation,
}: Omit<Recognised, 'warnings' | 'line' | 'classes'>): string[] {
  const warnings: string[] = [];
  if (normalization.from === 'default') {
    warnings.push(
      'a state_dict does not tell whether images were normalised: if they were, pass normalization: { mean, std }',
    );
  }
  if (normalization.from === 'published') {
    warnings.push(
      `the published module normalises by constants, taken for CIFAR-${architecture.options.classes}'s: for other data pass normalization`,
    );
  }
  if (architecture.family.startsWith('dm-') && activation === 'silu') {
    warnings.push("SiLU is what this family was published with: pass activation: 'relu' if yours has ReLU");
  }
  if (architecture.family === 'preact-resnet') {
    const other = architecture.options.projects === 'input' ? 'activated' : 'input';
    warnings.push(
      `shortcuts are taken to project what is ${architecture.options.projects === 'input' ? 'put into the block' : 'activated'}: pass projects: '${other}' if yours do otherwise`,
    );
  }
  return warnings;
}
