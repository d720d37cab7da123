import type { NetOptions, Pool } from '../nets/net-options.ts';
import type { Architecture } from './architecture.ts';
import type { ChosenNormalization } from './choose-normalization.ts';
import { shownNames } from './leave-out.ts';

/** What was read off the names and shapes of a state_dict. */
export type Recognized = {
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
  /** Names of tensors that were left out because the options `prefix` and `leaveOut` say so. */
  readonly leftOut: readonly string[];
  /** What was read as what, and what was computed: `read 'fc.' as 'linear.', torchvision's names`. */
  readonly notes: readonly string[];
  readonly pool: Pool;
  /** Height and width of the images; null for any. */
  readonly imageSize: readonly [height: number | null, width: number | null];
  /** What a state_dict cannot tell and was assumed, and the option that says otherwise. */
  readonly warnings: readonly string[];
  /** All of it in one line for a log or report. */
  readonly line: string;
};

/** Puts together what was found. */
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
  if (!values) return from === 'option' ? 'no normalisation, as asked' : 'no normalisation';
  const source = { option: 'as asked', file: 'from the file', published: 'as published', default: '' }[from];
  const list = (numbers: readonly number[]): string => numbers.map((value) => Number(value.toPrecision(4))).join(', ');
  return `normalised by mean (${list(values.mean)}) and std (${list(values.std)}) ${source}`;
}

/** What may be ignored, by the names. */
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
  if (architecture.family === 'preact-resnet' && architecture.options.head === 'normalized') {
    const other = architecture.options.projects === 'input' ? 'activated' : 'input';
    warnings.push(
      `shortcuts are taken to project what is ${architecture.options.projects === 'input' ? 'put into the block' : 'activated'}: pass projects: '${other}' if yours do otherwise`,
    );
  }
  return warnings;
}
