// `node scripts/run-typescript.mjs FILE ARGS...`: installs what is missing, then runs a TypeScript file of the workspace.
import { spawnSync } from 'node:child_process';
import { ensureInstalled, root, typescriptArguments } from './install.mjs';

ensureInstalled();
const [file, ...rest] = process.argv.slice(2);
const { status } = spawnSync(process.execPath, typescriptArguments(file, rest), { cwd: root, stdio: 'inherit' });
process.exit(status ?? 1);
