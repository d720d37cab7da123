import { StError } from '@st/core';

import { UsageError } from './usage-error.ts';

/** Exit code of a command that cannot be run as given. */
const UNUSABLE = 2;
/** Exit code after an error of the program. */
const DEFECT = 1;

/** Prints one line for an error that the user can fix, the stack trace for a defect of the program. Returns the exit code. */
export function reportError(error: unknown): number {
  if (error instanceof UsageError || error instanceof StError) {
    process.stderr.write(`${error.message}\n`);
    return UNUSABLE;
  }
  if (error instanceof Error && 'code' in error && 'syscall' in error) {
    process.stderr.write(`${error.message}. Check the path.\n`);
    return UNUSABLE;
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return DEFECT;
}
