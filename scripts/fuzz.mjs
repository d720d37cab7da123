// `npm run fuzz -- --mutations 10000 [PATH...]`: tests every reader of files with this many mutated files; PATHs select tests.
// A result other than a typed error or valid values fails, as does one that takes 10 s or 1 GB. `npm test` does the same with 500.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { ensureInstalled, root } from './install.mjs';

const { values, positionals } = parseArgs({
  options: { mutations: { type: 'string', default: '10000' } },
  allowPositionals: true,
});
if (!/^[1-9]\d*$/.test(values.mutations)) {
  console.error(`--mutations must be a whole number of at least 1, got '${values.mutations}'.`);
  process.exit(2);
}
ensureInstalled();
const filters = positionals.length > 0 ? positionals : ['mutations.pure.test'];
const { status } = spawnSync(
  join(root, 'node_modules', '.bin', 'vitest'),
  // one test per reader, practically without timeout
  ['run', '--project', 'pure', '--testTimeout=86400000', '-t', 'mutated files', ...filters],
  { cwd: root, stdio: 'inherit', env: { ...process.env, ST_MUTATIONS: values.mutations } },
);
process.exitCode = status ?? 1;
