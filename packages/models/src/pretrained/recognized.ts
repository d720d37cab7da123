import type { NetOptions, Pool } from '../nets/net-options.ts';
import type { Architecture } from './architecture.ts';
import type { ChosenNormalization } from './choose-normalization.ts';
import { shownNames } from './leave-out.ts';

/** What was recognized from the names and shapes of a state_dict. */
export type Recognized = {
  /** The name that papers use: `ResNet-18`, `WRN-34-10`. */
  readonly name: string;
  /** The function of this package that builds it, with widths, blocks and classes. */
  readonly architecture: Architecture;
  readonly classes: number;
  readonly activation: NonNullable<NetOptions['activation']>;
  readonly normalization: ChosenNormalization;
  /** Prefix of the network's names in the file: `module.`; `''` if there is none. */
  readonly prefix: string;
  /** Names in the file on which the network's output does not depend: counters of batches, an unused block. */
  readonly ignored: readonly string[];
  /** Names of tensors that the options `prefix` and `leaveOut` leave out. */
  readonly leftOut: readonly string[];
  /** Translations of names and computations of weights: `read 'fc.' as 'linear.', torchvision's names`. */
  readonly notes: readonly string[];
  readonly pool: Pool;
  /** Height and width of the images; null for any. */
  readonly imageSize: readonly [height: number | null, width: number | null];
  /** Assumptions about what a state_dict does not record, each with the option that changes it. */
  readonly warnings: readonly string[];
  /** A summary in one line for a log or report. */
  readonly line: string;
};

/** Adds warnings and the summary line. */
export function describeRecognized(
  found: Omit<Recognized, 'warnings' | 'line' | 'classes'>,
  assumed: readonly string[],
): Recognized {
  const { classes } = found.architecture.options;
  const warnings = [...warningsOf(found), ...(found.normalization.warnings ?? []), ...assumed];
  const parts = [
    `${found.name}, ${classes} classes, ${ACTIVATION_NAMES[found.activation]}`,
    describeNormalization(found.normalization),
    ...(found.prefix ? [`names without '${found.prefix}'`] : []),
    ...found.notes,
    ...(found.ignored.length > 0 ? [`ignored ${describeIgnored(found.ignored)}`] : []),
    ...(found.leftOut.length > 0 ? [`left out ${shownNames(found.leftOut)}`] : []),
    ...(found.pool === 'global' ? [] : [`averages windows of ${found.pool} x ${found.pool} features`]),
    ...warnings,
  ];
  return { ...found, classes, warnings, line: `${parts.join('; ')}.` };
}

const ACTIVATION_NAMES = { relu: 'ReLU', silu: 'SiLU' } as const;

function describeNormalization({ values, from }: ChosenNormalization): string {
  if (!values) return from === 'option' ? 'no normalization, as asked' : 'no normalization';
  const source = { option: 'as asked', file: 'from the file', published: 'as published', default: '' }[from];
  const list = (numbers: readonly number[]): string => numbers.map((value) => Number(value.toPrecision(4))).join(', ');
  return `normalized by mean (${list(values.mean)}) and std (${list(values.std)}) ${source}`;
}

/** Kinds of ignored tensors, by name. */
const IGNORED: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/(^|\.)num_batches_tracked$/, 'counters of batches'],
  [/(^|\.)n_averaged$/, 'counters of averaged weights'],
  [/(^|\.)num_updates$/, 'counters of updates'],
  [/(^|\.)attacker\./, 'tensors of the attacker'],
  [/(^|\.)sub_block1\./, 'tensors of sub_block1'],
];

function describeIgnored(ignored: readonly string[]): string {
  const kinds = ignored.map((name) => IGNORED.findIndex(([pattern]) => pattern.test(name)));
  const counted = IGNORED.map(([, kind], i) => [kinds.filter((found) => found === i).length, kind] as const);
  return counted.flatMap(([count, kind]) => (count > 0 ? [`${count} ${kind}`] : [])).join(' and ');
}

function warningsOf({
  architecture,
  normalization,
  activation,
}: Omit<Recognized, 'warnings' | 'line' | 'classes'>): string[] {
  const warnings: string[] = [];
  if (normalization.from === 'default') {
    warnings.push(
      'a state_dict does not record whether images were normalized: if they were, pass normalization: { mean, std }',
    );
  }
  if (normalization.from === 'published') {
    warnings.push(
      `the published module normalizes by constants, assumed to be those of CIFAR-${architecture.options.classes}: for other data pass normalization`,
    );
  }
  if (architecture.family.startsWith('dm-') && activation === 'silu') {
    warnings.push("this family was published with SiLU: pass activation: 'relu' if yours has ReLU");
  }
  if (architecture.family === 'preact-resnet' && architecture.options.head === 'normalized') {
    const other = architecture.options.projects === 'input' ? 'activated' : 'input';
    warnings.push(
      `assumed that shortcuts project the ${architecture.options.projects === 'input' ? "block's input" : 'activated input'}: pass projects: '${other}' if yours do not`,
    );
  }
  return warnings;
}
