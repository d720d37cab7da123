// `node scripts/run-typescript.mjs FILE ARGS...`: installs what is missing, then runs a TypeScript file of the workspace.
import { ensureInstalled } from './install.mjs';
import { runChild } from './run-child.mjs';

ensureInstalled();
const [file, ...rest] = process.argv.slice(2);
runChild(file, rest);
