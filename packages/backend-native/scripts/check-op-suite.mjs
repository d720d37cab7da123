// Runs the op tests of @tensorflow/tfjs-core (jasmine, dist/tests.js) on one of our back ends and on `cpu`, and fails if a test
// that passes on `cpu` does not pass on ours.
//
//   node scripts/check-op-suite.mjs                      all tests, on `native`
//   node scripts/check-op-suite.mjs --backend st-wasm    on another back end
//   node scripts/check-op-suite.mjs conv2d               tests whose name contains the word
//
// tfjs-core has builds for bundlers and for Node; its tests import the former, so everything is bundled first, with one copy of
// tfjs-core.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));
const require = createRequire(import.meta.url);
const packageFolder = (name, from = require) => {
  const main = from.resolve(name);
  return main.slice(0, main.lastIndexOf('/dist/'));
};
const core = packageFolder('@tensorflow/tfjs-core');
const cpu = packageFolder('@tensorflow/tfjs-backend-cpu');

const { values, positionals } = parseArgs({
  options: { backend: { type: 'string', default: 'native' } },
  allowPositionals: true,
});
const ours = values.backend;
/** The modules that register our back ends. */
const ENTRIES = {
  native: join(root, 'src/index.ts'),
  'st-wasm': join(root, '../backend-wasm/src/index.ts'),
};
if (!(ours in ENTRIES)) throw new Error(`--backend must be one of ${Object.keys(ENTRIES).join(', ')}, got '${ours}'.`);

/** Code of the child process: runs the tests of one back end and writes their outcomes to a file. */
const runner = (backend) => `
import 'st:globals';
import '@tensorflow/tfjs-core';
import '${ENTRIES[backend] ?? '@tensorflow/tfjs-backend-cpu'}';
import 'st:environments';
import '${core}/dist/register_all_gradients.js'; // the tests of gradients need them, the back ends bring none
import '${core}/dist/tests.js';
import { writeFileSync } from 'node:fs';

const filter = process.env.ST_OP_FILTER ?? '';
const outcomes = {};
jasmine.getEnv().configure({ random: false, specFilter: (spec) => spec.getFullName().includes(filter) });
jasmine.getEnv().addReporter({
  specDone(result) {
    if (result.status === 'excluded') return;
    const name = result.fullName.replaceAll(' ${backend} {', ' {');
    const key = outcomes[name] === undefined ? name : name + ' (again)';
    outcomes[key] = result.status === 'failed' ? (result.failedExpectations[0]?.message ?? 'failed').slice(0, 300) : result.status;
  },
  jasmineDone() {
    writeFileSync(process.env.ST_OP_OUTCOMES, JSON.stringify(outcomes));
    process.exit(0);
  },
});
jasmine.getEnv().execute();
`;

const globals = `
const parts = require('jasmine-core/lib/jasmine-core/jasmine.js');
globalThis.jasmine = parts.core(parts);
Object.assign(globalThis, parts.interface(jasmine, jasmine.getEnv()));
`;

const environments = (backend) => `
import { setTestEnvs } from '${core}/dist/jasmine_util';
setTestEnvs([{ name: '${backend}', backendName: '${backend}', isDataSync: true }]);
`;

async function outcomesOn(backend, folder) {
  const virtual = { 'st:globals': globals, 'st:environments': environments(backend) };
  const outfile = join(folder, `${backend}.cjs`);
  await build({
    stdin: { contents: runner(backend), resolveDir: root, loader: 'js' },
    bundle: true,
    ignoreAnnotations: true, // the package declares that its tests have no side effects
    platform: 'node',
    format: 'cjs',
    outfile,
    logLevel: 'error',
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(ENTRIES[ours]).href) },
    plugins: [
      {
        name: 'one-tfjs',
        setup(bundler) {
          bundler.onResolve({ filter: /^st:(globals|environments)$/ }, ({ path }) => ({ path, namespace: 'virtual' }));
          bundler.onLoad({ filter: /.*/, namespace: 'virtual' }, ({ path }) => ({
            contents: virtual[path],
            resolveDir: root,
          }));
          bundler.onResolve({ filter: /^@tensorflow\/tfjs-core/ }, ({ path }) => {
            const rest = path.slice('@tensorflow/tfjs-core'.length);
            return { path: rest ? require.resolve(join(core, rest)) : join(core, 'dist/index.js') };
          });
          bundler.onResolve({ filter: /^@tensorflow\/tfjs-backend-cpu$/ }, () => ({
            path: join(cpu, 'dist/index.js'),
          }));
        },
      },
    ],
  });
  const file = join(folder, `${backend}.json`);
  const env = { ...process.env, ST_OP_OUTCOMES: file, ST_OP_FILTER: positionals[0] ?? '' };
  const child = spawn(process.execPath, [outfile], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: dirname(outfile),
  });
  const code = await new Promise((resolve) => child.on('exit', resolve));
  if (code !== 0) throw new Error(`the tests on ${backend} ended with code ${code}`);
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Suites that tfjs-core runs only on a back end called 'cpu'. */
const CPU_ALONE = ['Switching cpu backends'];

const folder = mkdtempSync(join(tmpdir(), 'st-op-suite-'));
try {
  const [onCpu, onOurs] = [await outcomesOn('cpu', folder), await outcomesOn(ours, folder)];
  const passed = (outcomes) => Object.values(outcomes).filter((outcome) => outcome === 'passed').length;
  const expected = Object.keys(onCpu).filter((name) => !CPU_ALONE.some((suite) => name.startsWith(suite)));
  const failures = expected.filter((name) => onCpu[name] === 'passed' && onOurs[name] !== 'passed');
  for (const name of failures) console.log(`FAIL ${name}\n     ${onOurs[name] ?? 'did not run'}`);
  const shared = Object.keys(onCpu).filter((name) => onCpu[name] !== 'passed' && onCpu[name] !== 'pending');
  for (const name of shared)
    console.log(`fails on cpu too (${ours}: ${onOurs[name] === 'passed' ? 'passes' : 'fails'}): ${name}`);
  console.log(
    `cpu: ${passed(onCpu)} of ${Object.keys(onCpu).length} pass; ${ours}: ${passed(onOurs)} of ${Object.keys(onOurs).length}.`,
  );
  console.log(`${passed(onOurs)} passed, ${failures.length} failed`);
  process.exitCode = failures.length > 0 || passed(onCpu) === 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
}
