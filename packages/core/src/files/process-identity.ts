import { codeOf } from './code-of.ts';
import { nodeModule } from './node-module.ts';

/** Identifies one process among all on this machine and on others that share the files. */
export type ProcessIdentity = {
  readonly pid: number;
  /** The machine: its host name, and on Linux the name space of its process numbers, of which each container has one. */
  readonly host: string;
  /** The machine's start on Linux; empty elsewhere. */
  readonly boot: string;
  /** The process's start in clock ticks since the machine's on Linux; empty elsewhere. Distinguishes a process from a later one with the same number. */
  readonly started: string;
};

/** The process that asks. */
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

/** Whether that process still runs; `'unknown'` for one of another machine or container. */
export function statusOf(identity: ProcessIdentity): 'running' | 'ended' | 'unknown' {
  const own = thisProcess();
  if (identity.host !== own.host) return 'unknown';
  if (identity.boot !== own.boot || !isProcessAlive(identity.pid)) return 'ended';
  return startOf(identity.pid) === identity.started ? 'running' : 'ended';
}

/** Whether a process of this machine has that number; one of another user counts. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0); // sends nothing
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat; counted from behind the command's name, which may hold spaces and parentheses. */
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
