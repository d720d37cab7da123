// Bundles every entry of every package for a browser with esbuild, webpack and Vite, as an application that installed the tarballs would: without
// polyfills and aliases. A bundler error, or a module of Node in the output, fails the check.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import webpack from 'webpack';

const BUNDLERS = { esbuild: bundleWithEsbuild, webpack: bundleWithWebpack, Vite: bundleWithVite };

/** Throws at the first failure. `manifests` are those of the packages installed in `project`. */
export async function checkBundles(project, manifests) {
  for (const name of manifests.flatMap(entriesOf)) {
    for (const [bundler, bundle] of Object.entries(BUNDLERS)) {
      const folder = join(project, 'bundle');
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      writeFileSync(join(folder, 'main.mjs'), `import * as all from '${name}';\nglobalThis.all = all;\n`);
      try {
        await bundle(folder, project);
        refuseNodeModules(join(folder, 'out'));
      } catch (error) {
        throw new Error(`${bundler} cannot bundle ${name} for a browser: ${error.message}`);
      }
    }
  }
}

function entriesOf({ name, exports }) {
  const paths = Object.keys(exports).filter((path) => path !== './package.json');
  return paths.map((path) => `${name}${path.slice(1)}`);
}

async function bundleWithEsbuild(folder, project) {
  await esbuild({
    entryPoints: [join(folder, 'main.mjs')],
    outdir: join(folder, 'out'),
    bundle: true,
    splitting: true,
    platform: 'browser',
    format: 'esm',
    absWorkingDir: project,
    logLevel: 'silent',
  });
}

async function bundleWithWebpack(folder, project) {
  const config = {
    mode: 'none', // neither minified nor optimized: takes half the time
    target: 'web',
    context: project,
    entry: join(folder, 'main.mjs'),
    output: { path: join(folder, 'out') },
  };
  await new Promise((resolve, reject) => {
    webpack(config, (error, stats) => {
      const first = error ?? stats.toJson({ all: false, errors: true }).errors[0];
      if (first) reject(first);
      else resolve();
    });
  });
}

async function bundleWithVite(folder, project) {
  await vite({
    root: project,
    configFile: false,
    logLevel: 'silent',
    build: { outDir: join(folder, 'out'), minify: false, rollupOptions: { input: join(folder, 'main.mjs') } },
  });
}

/** Refuses static and dynamic imports that the bundler left external. */
function refuseNodeModules(folder) {
  for (const file of readdirSync(folder, { recursive: true })) {
    if (!/\.m?js$/.test(file)) continue;
    const found = /(?:from|import\(?|require\()\s*["'](node:[^"']+)["']/.exec(readFileSync(join(folder, file), 'utf8'));
    if (found) throw new Error(`${file} imports ${found[1]}`);
  }
}
