// Runs a TypeScript file of the workspace in a child process that does not outlive its parents.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { root, typescriptArguments } from './install.mjs';

/** Interval at which the parents are checked. npm does not forward a signal when it is killed, or when its terminal closes. */
const WATCH_MS = 500;

/** Runs the child and ends this process with its exit code or signal. */
export function runChild(file, args) {
  const child = spawn(process.execPath, typescriptArguments(file, args), { cwd: root, stdio: 'inherit' });
  // Ctrl-C also reaches the child, which saves and says how to resume; this process only waits for it.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const isOrphaned = watchParents();
  const watch = setInterval(() => {
    if (!isOrphaned()) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, WATCH_MS);
  child.on('error', (error) => {
    console.error(`Could not run ${file}: ${error.message}`);
    process.exit(127);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

/** Returns a function that tells whether the parent of this process has ended, or npm, which starts it through a shell. */
function watchParents() {
  const parent = process.ppid;
  const npm = process.env.npm_lifecycle_event === undefined ? undefined : parentOf(parent);
  return () => process.ppid !== parent || (npm !== undefined && !isAlive(npm));
}

/** The id of a process's parent; undefined if neither /proc nor ps gives it. */
function parentOf(pid) {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    const { status, stdout } = spawnSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' });
    return status === 0 ? Number(stdout) : undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
