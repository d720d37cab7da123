import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The output of a finished process and its peak memory. */
export type Finished = { readonly output: string; readonly peakMemoryBytes: number | null };

const POLL_MILLISECONDS = 20;

/** Runs a command and samples its memory; rejects with the end of its error output if it fails. */
export function runProcess(
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let complaints = '';
    let peak: number | null = null;
    const poll = setInterval(() => {
      peak = highWaterMark(child.pid) ?? peak;
    }, POLL_MILLISECONDS);
    child.stdout.on('data', (text: Buffer) => {
      output += text.toString();
    });
    child.stderr.on('data', (text: Buffer) => {
      complaints += text.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(poll);
      if (code === 0) resolve({ output, peakMemoryBytes: peak });
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${complaints.slice(-2000)}`));
    });
  });
}

/** Peak resident memory as Linux records it. Polling misses only what is allocated after the last sample. */
function highWaterMark(pid: number | undefined): number | null {
  if (process.platform !== 'linux' || pid === undefined) return null;
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null; // the process has ended
  }
}
