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

/** The settings that determine an evaluation. Written to `settings.json` in its folder, where `--resume` reads them. */
export type EvaluationSettings = WeightsSettings & {
  /** Folder of a run of `npm start`, or a weight file. */
  readonly checkpoint: string;
  readonly attack: readonly string[];
  readonly norm: Norm;
  readonly epsilon: number;
  /** Number of test images: the first ones, or random ones if `subsetSeed` is given. */
  readonly examples: number;
  readonly subsetSeed: number | null;
  /** Radii of the robustness curve; empty for no curve. */
  readonly curve: readonly number[];
  readonly curveAttack: readonly string[];
  /** Also searches for the nearest misclassified point of every image, with FAB. */
  readonly distances: boolean;
  readonly seed: number;
  readonly backend: 'auto' | BackendName;
  readonly batchSize: number;
  /** The test set, in the form that `parseTestSet` takes. */
  readonly data: string;
};

/** The parsed command line. */
export type EvaluationCommand = {
  /** The flags given; with `resume` the other settings come from the folder. */
  readonly given: Partial<EvaluationSettings>;
  readonly out?: string;
  readonly resume: boolean;
};

/** The usual radius of papers on CIFAR-10, by norm. */
const USUAL_EPSILON: Readonly<Record<Norm, number>> = { linf: 8 / 255, l2: 128 / 255, l1: 12 };

/** Radii of `--curve` without a list, as multiples of epsilon. */
const CURVE = [0.25, 0.5, 0.75, 1, 1.5, 2, 3];

/**
 * Parses the command line.
 * @returns The command, or the text of `--help`.
 * @throws {UsageError} if the command line is invalid; the message is one line.
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
 * Fills in the defaults of settings that were not given.
 * @throws {UsageError} without a checkpoint.
 */
export function completeSettings(given: Partial<EvaluationSettings>): EvaluationSettings {
  const { checkpoint, norm = 'linf' } = given;
  if (checkpoint === undefined) throw new UsageError('--checkpoint RUN_OR_FILE is required. See --help.');
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
      'Evaluates the robustness of a model on test images, by default those of CIFAR-10, and writes a report.',
    )
    .usage('--checkpoint RUN_OR_FILE [--attack LIST] [flags]')
    .configureHelp({ helpWidth: 110 })
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .exitOverride()
    .allowExcessArguments(false)
    .option('--checkpoint <path>', 'folder of a run of npm start, or a weight file: .pt, .pth, .safetensors')
    .option('--attack <list>', `${ATTACK_HELP} [autoattack]`, parseAttackNames)
    .addOption(new Option('--norm <name>', 'norm of the ball [linf]').choices(NORMS))
    .option(
      '--epsilon <radius>',
      'radius, for pixels in [0, 1] [8/255; l2: 128/255; l1: 12]',
      numberIn({ min: 0, aboveMin: true }),
    )
    .option('--examples <n>', 'number of test images, from the first [1000]', positiveInteger)
    .option('--subset-seed <n>', 'draw the test images at random with this seed', wholeNumber)
    .option(
      '--curve [radii]',
      'also measure robust accuracy at these radii, such as 2/255,4/255; without a list, at multiples of epsilon',
      radii,
    )
    .option('--curve-attack <list>', 'attacks at the other radii of the curve [apgd-ce]', parseAttackNames)
    .option('--distances', 'also measure the distance from each image to its nearest misclassified point, with FAB')
    .option('--seed <n>', 'seed of the attacks [0]', wholeNumber)
    .addOption(new Option('--backend <name>', 'TensorFlow.js back end [auto]').choices(['auto', ...BACKENDS]))
    .option('--batch-size <n>', 'images per batch; affects only memory and speed [100]', positiveInteger)
    .option('--data <set>', `${TEST_SET_HELP} [${DEFAULT_TEST_SET}]`, parseTestSet)
    .option('--out <folder>', 'folder of the evaluation (default: a new folder under runs/)')
    .option('--resume', 'resume the evaluation in --out')
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
