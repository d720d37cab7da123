// `npm run version`: gives all packages the version that the files in `.changeset/` ask for, and updates the ranges between them and the lockfile.
import { ensureInstalled, pnpm, run } from './install.mjs';
import { binary } from './release/run-command.mjs';

ensureInstalled();
run(binary('changeset'), ['version']);
run(binary('biome'), ['format', '--write', '.']);
pnpm(['install', '--lockfile-only']);
