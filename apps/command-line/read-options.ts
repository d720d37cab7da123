import { type Command, CommanderError } from 'commander';

import { UsageError } from './usage-error.ts';

/**
 * Parses the options of a command; returns the text of `--help` if the user asked for it.
 * @param build - Builds the command; its output goes to `write`.
 * @throws {UsageError} if the command line is invalid; the message is one line.
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
