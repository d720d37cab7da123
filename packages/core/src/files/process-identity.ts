import { codeOf } from './code-of.ts';
import { nodeModule } from './node-module.ts';

/** Identifies a process among all processes on this machine and on machines that share the file system. */
export type ProcessIdentity = {
  readonly pid: number;
  /** The machine: its host name and, on Linux, the PID namespace, which differs between containers. */
  readonly host: string;
  /** On Linux the id of the machine's boot; empty elsewhere. */
  readonly boot: string;
  /** On Linux the start of the process, in clock ticks since boot; empty elsewhere. Distinguishes a process from a later one with the same id. */
  readonly started: string;
};

/** The identity of the current process. */
export function thisProcess(): ProcessIdentity {
  const { readFileSync, readlinkSync } = nodeModule('node:fs');
  const space = attempt(() => readlinkSync('/proc/self/ns/pid'));
  return {
    pid: process.pid,
    host: [nodeModule('node:os').hostname(), space].filter(Boolean).join(' '),
    boot: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    started: startOf(process.pid),
  };
}

/** Whether the process still runs; `'unknown'` for a process of another machine or container. */
export function statusOf(identity: ProcessIdentity): 'running' | 'ended' | 'unknown' {
  const own = thisProcess();
  if (identity.host !== own.host) return 'unknown';
  if (identity.boot !== own.boot || !isProcessAlive(identity.pid)) return 'ended';
  return startOf(identity.pid) === identity.started ? 'running' : 'ended';
}

/** Whether a process with this id exists on this machine, also one of another user. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0); // signal 0 only checks
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat, counted from after the command name, which may contain spaces and parentheses. */
function startOf(pid: number): string {
  const line = attempt(() => nodeModule('node:fs').readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return ''; // not Linux, or a system that hides /proc
  }
}
