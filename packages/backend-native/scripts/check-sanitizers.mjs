// Runs the tests under AddressSanitizer with UndefinedBehaviorSanitizer, and the compute core's under ThreadSanitizer:
//
//   node scripts/check-sanitizers.mjs             both
//   node scripts/check-sanitizers.mjs kernels     the C++ tests alone, under all three: a part of `npm test`
//   node scripts/check-sanitizers.mjs address     the module, loaded into Node, with this package's tests; the C++ tests
//   node scripts/check-sanitizers.mjs thread      the C++ tests (Node itself is not built for ThreadSanitizer)
//
// Wants GCC or Clang with their sanitizer libraries, and make. Builds lie in ST_SANITIZER_FOLDER, by default among the
// temporary files, and are used again.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const project = join(root, '..', '..');
const folder = process.env.ST_SANITIZER_FOLDER ?? join(tmpdir(), 'st-native-sanitizers');
const compiler = process.env.CXX ?? 'g++';
const wanted = process.argv[2];

/** Tests that call the module; the pool's own tests need a pool. */
const TESTS = [
  'kernels',
  'addon.test.ts',
  'addon-memory.test.ts',
  'caller-arrays.test.ts',
  'determinism.test.ts',
  'pending-kernels.test.ts',
].map((path) => `packages/backend-native/src/${path}`);

/** Calls of the module with invalid arguments. */
const HOSTILE_CALLS = '20000';

function run(what, command, args, options = {}) {
  console.log(`\n=== ${what}`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) throw error;
  if (status !== 0) throw new Error(`${what}: ended with code ${status}`);
}

/** The sanitizer's run-time library, which must be loaded before Node, because Node is not built with it. */
function library(name) {
  const { stdout } = spawnSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' });
  const path = stdout.trim();
  if (!path.includes('/')) throw new Error(`${compiler} has no ${name}`);
  return path;
}

function address() {
  const built = join(folder, 'address');
  mkdirSync(built, { recursive: true });
  const env = { ...process.env, CXX: compiler, ST_NATIVE_SANITIZE: 'address,undefined' };
  run('build of the module', process.execPath, ['scripts/build.mjs', '--into', built], { env });
  const module = join(built, 'build', 'st_native.node');
  const sanitized = {
    ...process.env,
    ST_NATIVE_NO_POOL: '1', // a block of the pool is longer than its array: a read past the end would go unseen
    ST_NATIVE_ADDON: module,
    LD_PRELOAD: [library('libasan.so'), library('libubsan.so')].join(' '),
    // V8 and Node keep memory until they exit; only accesses outside blocks matter here.
    ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1:allocator_may_return_null=1',
    UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  };
  run(
    'hostile calls',
    process.execPath,
    ['scripts/check-hostile-calls.mjs', '--calls', HOSTILE_CALLS, '--module', module],
    {
      env: sanitized,
    },
  );
  run(
    'tests of the module',
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      'native',
      '--testNamePattern',
      '^(?!.*keeps packed)',
      ...TESTS,
    ],
    {
      cwd: project,
      env: sanitized,
    },
  );
}

/** The C++ tests, with as many random shapes as run in a minute. */
function kernels(sanitize, shapes, env = {}) {
  const common = ['-C', 'native/test', `SANITIZE=${sanitize}`, `CXX=${compiler}`];
  run(`C++ tests, ${sanitize}: build`, 'make', [...common, '--silent', `-j${availableParallelism()}`, 'tests']);
  run(`C++ tests, ${sanitize}`, 'make', [...common, 'check', `ARGS=${shapes}`], { env: { ...process.env, ...env } });
}

/** Races do not depend on the vector width: one instruction set of 4 lanes, which every machine has, is enough. */
function thread() {
  kernels('thread', 8, { ST_TEST_ISA: 'baseline' });
}

try {
  if (wanted !== 'thread' && wanted !== 'kernels') address();
  if (wanted !== 'thread') kernels('address,undefined', 100);
  if (wanted !== 'address') thread();
  console.log('\nno finding');
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
