// `npm test`: runs every check of the project, one after the other, even if one fails, and prints a table of results.
// `npm test -- types lint` runs only these.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zigRunsHere } from '../packages/backend-native/scripts/compile/toolchain.mjs';
import { missingSanitizers } from '../packages/backend-native/scripts/missing-sanitizers.mjs';
import { findChromium } from './find-chromium.mjs';
import { ensureInstalled, root, typescriptArguments } from './install.mjs';

ensureInstalled();
const scratch = mkdtempSync(join(tmpdir(), 'st-check-'));
const unitReport = join(scratch, 'unit.json');
const nativeModule = join(root, 'packages/backend-native/build/st_native.node');
const noSanitizers = missingSanitizers();
/** V8 has relaxed SIMD from Node 22 on. */
const hasRelaxedSimd = Number(process.versions.node.split('.')[0]) >= 22;
const BUILT_ON_LINUX = 'packages are built on Linux on x64';
const sharedGolden = join(root, '..', 'shared', 'golden');

const binary = (name) => join(root, 'node_modules', '.bin', name);
const typescript = (file, ...args) => [process.execPath, ...typescriptArguments(file, args)];

/** Name and command; a step without a command is skipped, with the reason. */
const steps = [
  ['modules', [process.execPath, 'packages/backend-wasm/scripts/build-modules.mjs']],
  ['types', [binary('tsc'), '-p', 'tsconfig.json', '--noEmit']],
  ['lint', [binary('biome'), 'check', '--error-on-warnings', '.']],
  ['unused code', [binary('knip')]],
  ['documentation', typescript('scripts/documentation/main.ts')],
  [
    'packages',
    zigRunsHere() ? [process.execPath, 'scripts/release.mjs', '--dry-run', '--all-platforms'] : undefined,
    BUILT_ON_LINUX,
  ],
  [
    'native modules of all platforms', // which the step before has built
    zigRunsHere() ? [process.execPath, 'packages/backend-native/scripts/check-platforms.mjs'] : undefined,
    BUILT_ON_LINUX,
  ],
  ['unit', [binary('vitest'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${unitReport}`]],
  [
    'tfjs op tests on native',
    existsSync(nativeModule) ? [process.execPath, 'packages/backend-native/scripts/check-op-suite.mjs'] : undefined,
    'the native module is not built here',
  ],
  [
    'tfjs op tests on st-wasm',
    [process.execPath, 'packages/backend-native/scripts/check-op-suite.mjs', '--backend', 'st-wasm'],
  ],
  [
    'kernels under sanitizers',
    noSanitizers === undefined
      ? [process.execPath, 'packages/backend-native/scripts/check-sanitizers.mjs', 'kernels']
      : undefined,
    noSanitizers,
  ],
  ['conformance (fixtures)', typescript('conformance/src/main.ts', '--golden', 'conformance/fixtures')],
  [
    'conformance (fixtures) on st-wasm',
    typescript('conformance/src/main.ts', '--golden', 'conformance/fixtures', '--backend', 'st-wasm'),
  ],
  [
    "conformance (fixtures) on st-wasm, convolution 'fast'",
    hasRelaxedSimd
      ? undefined
      : typescript(
          'conformance/src/main.ts',
          ...['--golden', 'conformance/fixtures', '--backend', 'st-wasm', '--convolution', 'fast'],
        ),
    'with the fused multiply-add of relaxed SIMD, Winograd misses one bound: resnet18/dx_train, 1.9e-2 > 1e-2',
  ],
  [
    'browsers',
    findChromium() ? [process.execPath, 'scripts/check-browsers.mjs'] : undefined,
    'there is no Chromium (install one, or name it by CHROMIUM_PATH)',
  ],
  [
    'conformance (../shared/golden)',
    existsSync(sharedGolden) ? typescript('conformance/src/main.ts', '--golden', sharedGolden) : undefined,
    'no ../shared/golden beside the project',
  ],
];

/** The entries of vitest's report for failed tests, and for files that could not run. Printed last, so that a truncated log still contains them. */
function unitFailures({ testResults = [] }) {
  return testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name: file, assertionResults, message }) => {
      const failed = assertionResults.filter(({ status }) => status === 'failed');
      if (failed.length === 0) return [`${file}\n  ${message}`];
      return failed.map(({ fullName, failureMessages }) => [file, fullName, ...failureMessages].join('\n  '));
    });
}

const asked = process.argv.slice(2);
const results = steps
  .filter(([name]) => asked.length === 0 || asked.some((word) => name.startsWith(word)))
  .map(([name, command, why]) => {
    if (!command) return { name, outcome: `skipped: ${why}`, seconds: 0 };
    console.log(`\n=== ${name}`);
    const started = performance.now();
    const { status } = spawnSync(command[0], command.slice(1), { cwd: root, stdio: 'inherit' });
    return { name, outcome: status === 0 ? 'ok' : 'FAILED', seconds: (performance.now() - started) / 1000 };
  });

console.log('\n=== summary');
for (const { name, outcome, seconds } of results) {
  console.log(
    `${outcome === 'ok' ? '✓' : outcome === 'FAILED' ? '✗' : '-'} ${name.padEnd(32)} ${outcome.padEnd(8)} ${seconds.toFixed(1)} s`,
  );
}

const unit = existsSync(unitReport)
  ? JSON.parse(readFileSync(unitReport, 'utf8'))
  : { numPassedTests: 0, numFailedTests: 0 };
rmSync(scratch, { recursive: true, force: true });
for (const failure of unitFailures(unit)) console.log(`\n✗ ${failure}`);
const others = results.filter(({ name }) => name !== 'unit');
const failedSteps = others.filter(({ outcome }) => outcome === 'FAILED').length;
const unitBroke =
  results.some(({ name, outcome }) => name === 'unit' && outcome === 'FAILED') && unit.numFailedTests === 0;
const passed = unit.numPassedTests + others.filter(({ outcome }) => outcome === 'ok').length;
const failed = unit.numFailedTests + failedSteps + (unitBroke ? 1 : 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
