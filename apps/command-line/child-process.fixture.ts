import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A running script; `output` collects what it has printed so far, on stdout and stderr. */
export type Started = { readonly process: ChildProcess; output: string };

/** Starts a TypeScript file in a child process, in the root folder. */
export function start(script: URL, flags: readonly string[]): Started {
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(script), ...flags], { cwd: ROOT });
  const started = { process: child, output: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (started.output += String(text)));
  return started;
}

/** Waits until the script has ended. */
export async function finish(
  started: Started,
): Promise<{ readonly code: number | null; readonly signal: string | null; readonly output: string }> {
  const child = started.process;
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode, output: started.output };
}
