// `node scripts/with-pnpm.mjs ARGS...`: runs pnpm, fetching it first if the machine has none.
import { ensureInstalled, pnpm } from './install.mjs';

ensureInstalled();
pnpm(process.argv.slice(2));
