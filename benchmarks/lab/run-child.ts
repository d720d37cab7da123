import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Lines of a failed program's output that its error repeats. */
const LAST_LINES = 5;

export type ChildOptions = {
  /** Receives everything the program prints. */
  readonly log: string;
  /** Called with each line it prints. */
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
};

/**
 * Runs a TypeScript program of the project at the lowest priority, so that other work on the machine goes first. If the signal is aborted, the
 * program saves its state and ends.
 * @throws `signal.reason` if it ended because of the signal; an error with its last lines if it failed.
 */
export async function runChild(file: string, args: readonly string[], options: ChildOptions): Promise<void> {
  const { log, onLine, signal } = options;
  signal.throwIfAborted();
  mkdirSync(dirname(log), { recursive: true });
  const copy = createWriteStream(log, { flags: 'a' });
  const lines: string[] = [];
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, file), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // Ctrl-C reaches only the laboratory, which passes it on once
  });
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  process.on('exit', stop);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      copy.write(text);
      for (const line of text.split('\n').filter((part) => part.trim() !== '')) {
        lines.push(line);
        onLine(line);
      }
      lines.splice(0, lines.length - LAST_LINES);
    });
  }
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`${file} ended with ${code} (${log}):\n${lines.join('\n')}`);
  } finally {
    signal.removeEventListener('abort', stop);
    process.off('exit', stop);
    copy.end();
  }
}
