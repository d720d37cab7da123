import { type Command, CommanderError } from 'commander';

import { UsageError } from './usage-error.ts';

/**
 * What a command line gives for the options of a command, or the text of `--help` if that was asked for.
 * @param build - Makes the command; what it would print goes to `write`.
 * @throws {UsageError} with one line, for anything that cannot be meant.
 */
export function readOptions<T extends object>(
  build: (write: (text: string) => void) => Command,
  args: readonly string[],
): { readonly options: T } | { readonly help: string } {
  let help = '';
  const command = build((text) => {
    help += text;
  });
  try {
    command.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { help };
    throw new UsageError(`${oneLine(error.message)} See --help.`);
  }
  return { options: command.opts<T>() };
}

function oneLine(message: string): string {
  const line = message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
  return /[.)?]$/.test(line) ? line : `${line}.`;
}
