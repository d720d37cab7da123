// `npm run pack`: builds the published packages and packs them into `tarballs/`, for projects that install them from a clone.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, pnpm, root } from './install.mjs';

const folder = join(root, 'tarballs');
ensureInstalled();
mkdirSync(folder, { recursive: true });
pnpm(['-r', '--filter', './packages/*', 'build']);
pnpm(['-r', '--filter', './packages/*', 'exec', 'npm', 'pack', '--silent', '--pack-destination', folder]);
console.log(`Install them with: npm install ${join(folder, '*.tgz')}`);
