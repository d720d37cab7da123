// Runs commands, at most one per processor at a time.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root } from '../install.mjs';

/** The path of a command that the workspace installed. */
export const binary = (name) => join(root, 'node_modules', '.bin', name);

let free = Math.max(availableParallelism(), 1);
const waiting = [];

/** Runs a command as soon as a processor is free. Returns `{ stdout, seconds }`; the output is shown only if it fails. */
export async function runCommand(command, args, { cwd = root, env = process.env } = {}) {
  await processor();
  const started = performance.now();
  try {
    const stdout = await new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd, env, shell: process.platform === 'win32' });
      let [printed, output] = ['', ''];
      child.stdout.on('data', (chunk) => {
        printed += chunk;
        output += chunk;
      });
      child.stderr.on('data', (chunk) => (output += chunk));
      child.on('error', (error) => reject(new Error(`Could not run ${command}: ${error.message}`)));
      child.on('close', (code, signal) => {
        if (code === 0) resolve(printed);
        else reject(new Error(`${[command, ...args].join(' ')} (in ${cwd}) failed with ${code ?? signal}:\n${output}`));
      });
    });
    return { stdout, seconds: (performance.now() - started) / 1000 };
  } finally {
    const next = waiting.shift();
    if (next) next();
    else free++;
  }
}

/** Waits for a free processor, and takes it. */
function processor() {
  if (free > 0) {
    free--;
    return undefined;
  }
  return new Promise((resolve) => waiting.push(resolve));
}
