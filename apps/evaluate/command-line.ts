import { BACKENDS, type BackendName } from '@st/backend';
import type { Norm } from '@st/core';
import { NORMS } from '@st/core/kit';
import { Command, InvalidArgumentError, Option } from 'commander';

import { numberIn } from '../command-line/parse-number.ts';
import { readOptions } from '../command-line/read-options.ts';
import { UsageError } from '../command-line/usage-error.ts';
import { ATTACK_HELP, parseAttackNames } from './attack-names.ts';
import { DEFAULT_TEST_SET, parseTestSet, TEST_SET_HELP } from './test-set.ts';
import { AS_RECOGNIZED, type WeightsSettings, weightsOptions } from './weights-options.ts';

/** What decides an evaluation; written to `settings.json` of its folder, from which `--resume` takes it. */
export type EvaluationSettings = WeightsSettings & {
  /** Folder of a run of `npm start`, or a file of weights. */
  readonly checkpoint: string;
  readonly attack: readonly string[];
  readonly norm: Norm;
  readonly epsilon: number;
  /** Evaluates so many test images: the first ones, or with `subsetSeed` random ones. */
  readonly examples: number;
  readonly subsetSeed: number | null;
  /** Radii of the robustness curve; empty: none. */
  readonly curve: readonly number[];
  readonly curveAttack: readonly string[];
  /** Also looks for the nearest misclassified point of every image, by FAB. */
  readonly distances: boolean;
  readonly seed: number;
  readonly backend: 'auto' | BackendName;
  readonly batchSize: number;
  /** Where the test images come from, as `parseTestSet` takes it. */
  readonly data: string;
};

/** What the user asked for. */
export type EvaluationCommand = {
  /** The flags given; with `resume` the rest comes from the folder. */
  readonly given: Partial<EvaluationSettings>;
  readonly out?: string;
  readonly resume: boolean;
};

/** The radius that papers use on CIFAR-10, by norm. */
const USUAL_EPSILON: Readonly<Record<Norm, number>> = { linf: 8 / 255, l2: 128 / 255, l1: 12 };

/** Radii of `--curve` without a list, as multiples of epsilon. */
const CURVE = [0.25, 0.5, 0.75, 1, 1.5, 2, 3];

/**
 * Reads the command line.
 * @returns What to do, or the text of `--help`.
 * @throws {UsageError} with one line, for anything that cannot be meant.
 */
export function parseEvaluationCommand(args: readonly string[]): EvaluationCommand | { readonly help: string } {
  const read = readOptions<Options>(buildCommand, args);
  if ('help' in read) return read;
  const { out, resume = false, curve, ...given } = read.options;
  if (resume && out === undefined) throw new UsageError('--resume needs the folder of the evaluation: --out DIR.');
  return {
    given: { ...given, ...(curve === undefined ? {} : { curve: curveOf(curve, given) }) },
    resume,
    ...(out === undefined ? {} : { out }),
  };
}

type Options = Omit<Partial<EvaluationSettings>, 'curve'> & {
  readonly out?: string;
  readonly resume?: boolean;
  readonly curve?: readonly number[] | true;
};

function curveOf(
  curve: readonly number[] | true,
  { norm = 'linf', epsilon }: Omit<Options, 'curve'>,
): readonly number[] {
  if (curve !== true) return curve;
  const farthest = norm === 'linf' ? 1 : Number.POSITIVE_INFINITY;
  return CURVE.map((multiple) => multiple * (epsilon ?? USUAL_EPSILON[norm])).filter((radius) => radius <= farthest);
}

/**
 * Fills in what no flag gave.
 * @throws {UsageError} without a checkpoint.
 */
export function completeSettings(given: Partial<EvaluationSettings>): EvaluationSettings {
  const { checkpoint, norm = 'linf' } = given;
  if (checkpoint === undefined)
    throw new UsageError('--checkpoint RUN_OR_FILE is needed: what is to be evaluated? See --help.');
  return {
    attack: ['autoattack'],
    epsilon: USUAL_EPSILON[norm],
    examples: 1000,
    subsetSeed: null,
    curve: [],
    curveAttack: ['apgd-ce'],
    distances: false,
    seed: 0,
    backend: 'auto',
    batchSize: 100,
    data: DEFAULT_TEST_SET,
    ...AS_RECOGNIZED,
    ...given,
    checkpoint,
    norm,
  };
}

function buildCommand(write: (text: string) => void): Command {
  const positiveInteger = numberIn({ min: 1, integer: true });
  const wholeNumber = numberIn({ min: 0, integer: true });
  const command = new Command('npm run evaluate --')
    .description(
      'Evaluates the robustness of a model on test images, those of CIFAR-10 unless told otherwise, and writes a report of it.',
    )
    .usage('--checkpoint RUN_OR_FILE [--attack LIST] [flags]')
    .configureHelp({ helpWidth: 110 })
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .exitOverride()
    .allowExcessArguments(false)
    .option('--checkpoint <path>', 'folder of a run of npm start, or a file of weights: .pt, .pth, .safetensors')
    .option('--attack <list>', `${ATTACK_HELP} [autoattack]`, parseAttackNames)
    .addOption(new Option('--norm <name>', 'norm of the ball [linf]').choices(NORMS))
    .option(
      '--epsilon <radius>',
      'radius, pixels being in [0, 1] [8/255; l2: 128/255; l1: 12]',
      numberIn({ min: 0, aboveMin: true }),
    )
    .option('--examples <n>', 'test images to evaluate: the first ones [1000]', positiveInteger)
    .option('--subset-seed <n>', 'draws the test images at random, by this seed', wholeNumber)
    .option(
      '--curve [radii]',
      'robust accuracy at these radii too, such as 2/255,4/255; without a list, around epsilon',
      radii,
    )
    .option('--curve-attack <list>', 'what the further radii are attacked with [apgd-ce]', parseAttackNames)
    .option('--distances', 'how far the nearest misclassified point of every image is, by FAB')
    .option('--seed <n>', 'seeds the attacks [0]', wholeNumber)
    .addOption(new Option('--backend <name>', 'TensorFlow.js back end [auto]').choices(['auto', ...BACKENDS]))
    .option('--batch-size <n>', 'images a batch; decides memory and speed alone [100]', positiveInteger)
    .option('--data <set>', `${TEST_SET_HELP} [${DEFAULT_TEST_SET}]`, parseTestSet)
    .option('--out <folder>', 'where the evaluation goes (default: a new folder under runs/)')
    .option('--resume', 'go on with the evaluation in --out')
    .addHelpText('after', EXAMPLES);
  for (const option of weightsOptions()) command.addOption(option);
  return command;
}

const EXAMPLES = `
Examples:
  npm run evaluate -- --checkpoint runs/st-resnet18 --attack pgd-20
  npm run evaluate -- --checkpoint model.pt --examples 1000 --curve --out runs/aa
  npm run evaluate -- --checkpoint model.pt --data cifar100:cifar-100-binary --normalization cifar100
  npm run evaluate -- --checkpoint run.pt --at ema.state_dict --prefix student. --leave-out 'criterion.*'
  npm run evaluate -- --resume --out runs/aa
`;

function radii(text: string): readonly number[] {
  const parse = numberIn({ min: 0, aboveMin: true });
  const values = text.split(',').map(parse);
  if (new Set(values).size === values.length) return values;
  throw new InvalidArgumentError('It must name each radius once.');
}
