// `npm run docs`: writes the documentation site and its texts for language models to `build/docs`, and checks both.
// `npm run docs -- --serve [--port 8080]` serves them afterwards.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { exportedNames } from '../../testing/src/exported-names.ts';
import { buildSite } from './build-site.ts';
import { brokenLinks } from './check-links.ts';
import { missingNames } from './check-llms.ts';
import { inRepository } from './repository.ts';
import { serveSite } from './serve-site.ts';
import { PACKAGES, unlisted } from './site-map.ts';
import { writeLlms } from './write-llms.ts';

const FOLDER = inRepository('build', 'docs');

const { serve, port } = parseArgs({
  options: { serve: { type: 'boolean', default: false }, port: { type: 'string', default: '8080' } },
}).values;

/** Builds the site; returns one line for each fault. */
async function build(): Promise<string[]> {
  const site = await buildSite(FOLDER);
  if (site === undefined) return ['TypeDoc has warnings; see above.'];
  writeLlms(site);
  return [
    ...unlisted().map((file) => `${file}: no section of scripts/documentation/site-map.ts lists it`),
    ...brokenLinks(FOLDER),
    ...namesWithoutText(readFileSync(join(FOLDER, 'llms-full.txt'), 'utf8')),
  ];
}

/** Every name of a main entry must be in the texts for language models. */
function namesWithoutText(text: string): string[] {
  return PACKAGES.flatMap((folder) => {
    const { values, types } = exportedNames(pathToFileURL(inRepository(folder, 'src', 'index.ts')));
    return missingNames(text, folder.replace('packages', '@st'), [...values, ...types]);
  });
}

const faults = await build();
for (const fault of faults) console.error(`✗ ${fault}`);
if (faults.length > 0) process.exitCode = 1;
else if (serve) await serveSite(FOLDER, Number(port));
