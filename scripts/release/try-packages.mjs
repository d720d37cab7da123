// Tries the tarballs as users do: installed from a registry, run, compiled against, bundled.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkBundles } from './check-bundles.mjs';
import { checkConsumers } from './check-consumers.mjs';
import { ROWS, runMatrix } from './install-matrix.mjs';
import { serveRegistry } from './local-registry.mjs';
import { fetchTools } from './release-tools.mjs';
import { runCommand } from './run-command.mjs';

/** Throws at the first failure; returns the rows of `runMatrix`. */
export async function tryPackages(packed, scratch) {
  const tools = await fetchTools([...ROWS.flatMap(({ runtime, manager }) => [runtime, manager]), 'typescript-newest']);
  const npmCache = (await runCommand('npm', ['config', 'get', 'cache'])).stdout.trim();
  const folder = join(scratch, 'projects');
  mkdirSync(folder);
  const registry = await serveRegistry(packed);
  try {
    const rows = await runMatrix({ scratch: folder, registry: registry.url, tools, npmCache });
    const [{ project }] = rows;
    await checkConsumers(project, tools);
    const libraries = packed.map(({ manifest }) => manifest).filter(({ exports }) => exports);
    await checkBundles(project, libraries);
    return rows.map(({ project: _, ...row }) => row);
  } finally {
    registry.close();
  }
}
