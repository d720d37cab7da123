// `npm run release -- --dry-run`: builds, packs and checks every package as it is published, and tries the tarballs in empty projects. Writes the tarballs and a
// report into `release/`. `--publish`, in CI, then publishes them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled, root } from './install.mjs';
import { buildPackages } from './release/build-packages.mjs';
import { checkPackages } from './release/check-packages.mjs';
import { packPackages } from './release/pack-packages.mjs';
import { checkPublishable, publish } from './release/publish.mjs';
import { publishedPackages } from './release/published-packages.mjs';
import { reportTables } from './release/report.mjs';
import { tryPackages } from './release/try-packages.mjs';

const USAGE = `npm run release -- [--dry-run | --publish] [--platforms NAME,... | --all-platforms]
  --dry-run        publishes nothing (default)
  --publish        publishes, for all platforms; only in CI
  --platforms      packs the native modules of these platforms (linux-arm64,linux-x64-musl,...) besides this machine's
  --all-platforms  packs the native modules of all platforms`;

const destination = join(root, 'release');

async function release({ publishing, platforms }) {
  ensureInstalled();
  if (publishing) await checkPublishable();
  await buildPackages(platforms);
  rmSync(destination, { recursive: true, force: true });
  const packed = await packPackages(publishedPackages(platforms), destination);
  const scratch = mkdtempSync(join(tmpdir(), 'st-release-'));
  try {
    const contents = await checkPackages(packed, scratch);
    const installs = await tryPackages(packed, scratch);
    report({ packages: contents, installs });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  if (publishing) await publish(packed);
  else console.log(`Nothing was published. The tarballs and report.json, report.md are in ${destination}.`);
}

function report(found) {
  const tables = reportTables(found);
  writeFileSync(join(destination, 'report.json'), `${JSON.stringify(found, null, 2)}\n`);
  writeFileSync(join(destination, 'report.md'), `${tables}\n`);
  console.log(`\n${tables}\n`);
}

function readOptions() {
  const flag = { type: 'boolean', default: false };
  const options = { 'dry-run': flag, publish: flag, platforms: { type: 'string', default: '' }, 'all-platforms': flag };
  const { values } = parseArgs({ options });
  if (values.publish && values['dry-run']) throw new Error('--publish and --dry-run exclude each other');
  const everywhere = values.publish || values['all-platforms'];
  return { publishing: values.publish, platforms: everywhere ? 'all' : values.platforms.split(',').filter(Boolean) };
}

try {
  await release(readOptions());
} catch (error) {
  console.error(error.code?.startsWith('ERR_PARSE_ARGS') ? `${error.message}\n${USAGE}` : error.message);
  process.exitCode = 1;
}
