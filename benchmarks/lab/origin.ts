import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { writeFileDurably } from '@st/core/node';

import type { Origin } from './results.ts';

/** The file of a stage's folder that lists the commits with which it was worked on. */
const FILE = 'commits.txt';

/** Adds the present commit to those of a folder; a tree with changes is marked by `+`. */
export async function recordCommit(folder: string): Promise<void> {
  const known = commitsOf(folder);
  const present = presentCommit();
  if (!known.includes(present)) await writeFileDurably(join(folder, FILE), `${[...known, present].join('\n')}\n`);
}

/** The origin of a stage that was worked on in this folder and has just ended on this machine. */
export function originOf(folder: string, backend: string): Origin {
  return {
    commits: commitsOf(folder),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    node: process.version,
    backend,
  };
}

function commitsOf(folder: string): readonly string[] {
  const file = join(folder, FILE);
  return existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : [];
}

function presentCommit(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const isChanged = git('status', '--porcelain', '--untracked-files=no') !== '';
  return `${git('rev-parse', '--short=12', 'HEAD')}${isChanged ? '+' : ''}`;
}
