// `npm run pack`: builds the published packages and packs them into `tarballs/`, for projects that install them from a clone, on this machine.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureInstalled, root } from './install.mjs';
import { buildPackages } from './release/build-packages.mjs';
import { packPackages } from './release/pack-packages.mjs';
import { publishedPackages } from './release/published-packages.mjs';

const folder = join(root, 'tarballs');
ensureInstalled();
await buildPackages([]);
rmSync(folder, { recursive: true, force: true });
await packPackages(publishedPackages([]), folder);
console.log(`Install them with: npm install ${join(folder, '*.tgz')}`);
