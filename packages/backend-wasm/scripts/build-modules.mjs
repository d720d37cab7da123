// Builds the WebAssembly modules from the C++ of @st/backend-native: `modules/st-simd.wasm` and `modules/st-relaxed-simd.wasm`.
// The compiler is Clang from npm (@yowasp/clang), itself WebAssembly: every machine with Node can build, and all get the same bytes.
// Objects are cached by the hash of all sources and flags. `--check` only says whether the modules are those of the sources.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const packageFolder = fileURLToPath(new URL('../', import.meta.url));
const modulesFolder = join(packageFolder, 'modules');
const cacheFolder = join(packageFolder, 'node_modules', '.cache', 'objects');
const require = createRequire(import.meta.url);
const nativeFolder = join(require.resolve('@st/backend-native/package.json'), '..', 'native');

const COMMON = [
  ...['--target=wasm32-wasip1', '-std=c++17', '-O3', '-fno-math-errno', '-ffp-contract=fast', '-fvisibility=hidden'],
  ...['-fignore-exceptions', '-matomics', '-mbulk-memory', '-msimd128', '-Wall', '-Wextra', '-Wno-unused-parameter'],
  ...['-DST_ISA=baseline', '-Inative'],
];

/** The modules, by what the engine must be able to do. */
export const VARIANTS = { simd: [], 'relaxed-simd': ['-mrelaxed-simd'] };

const STACK_BYTES = 1 << 20;
const LINK = [
  ...['--target=wasm32-wasip1', '-nostartfiles'],
  ...['--no-entry', '--shared-memory', '--import-memory', '--max-memory=4294967296', '--no-check-features'].map(
    linkerFlag,
  ),
  ...['--stack-first', `-z,stack-size=${STACK_BYTES}`, '--strip-all'].map(linkerFlag),
  ...['malloc', 'calloc', 'realloc', 'posix_memalign', 'free'].map((name) => linkerFlag(`--wrap=${name}`)),
  ...['__stack_pointer', '__wasm_init_tls', '__tls_size', '__tls_align', '__wasm_call_ctors'].map((name) =>
    linkerFlag(`--export=${name}`),
  ),
];

function linkerFlag(flag) {
  return `-Wl,${flag}`;
}

/** Tests, the host in Node, and the file that `wasm/aligned-memory.cc` replaces. */
const LEFT_OUT = ['test', 'addon', 'memory/aligned-memory.cc'];

/** C++ sources and headers, as the tree of folders that the compiler sees. */
function readTree(folder, at = '') {
  const tree = {};
  for (const name of readdirSync(folder).sort()) {
    const path = at ? `${at}/${name}` : name;
    if (LEFT_OUT.includes(path)) continue;
    if (statSync(join(folder, name)).isDirectory()) tree[name] = readTree(join(folder, name), path);
    else if (/\.(cc|h)$/.test(name)) tree[name] = readFileSync(join(folder, name), 'utf8');
  }
  return tree;
}

function filesOf(tree, at = '') {
  return Object.entries(tree).flatMap(([name, node]) =>
    typeof node === 'string' ? [[at + name, node]] : filesOf(node, `${at}${name}/`),
  );
}

function hashOf(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 32);
}

const compilerVersion = () =>
  JSON.parse(readFileSync(join(packageFolder, 'node_modules', '@yowasp', 'clang', 'package.json'), 'utf8')).version;

/** What the modules are built from: they are built again when it changes. */
export function sourceKey() {
  return hashOf(compilerVersion(), JSON.stringify([COMMON, VARIANTS, LINK]), ...filesOf(readTree(nativeFolder)).flat());
}

const keyFile = join(modulesFolder, 'source-key.txt');

/** What `source-key.txt` holds for the modules that are there: the key of their sources, and their digest. */
function stamp() {
  return `${sourceKey()}\n${hashOf(...Object.keys(VARIANTS).map((variant) => readFileSync(fileOf(variant))))}\n`;
}

/** True if both modules are there, whole, and those of the sources. */
export function isBuilt() {
  const files = [keyFile, ...Object.keys(VARIANTS).map(fileOf)];
  return files.every((file) => existsSync(file)) && readFileSync(keyFile, 'utf8') === stamp();
}

function fileOf(variant) {
  return join(modulesFolder, `st-${variant}.wasm`);
}

/** Compiles all sources of all variants on `workers` threads; the longest first. */
async function compile(tree, jobs, workers, report) {
  mkdirSync(cacheFolder, { recursive: true });
  const objects = new Map();
  const waiting = jobs.filter(({ id, cached }) => {
    if (existsSync(cached)) objects.set(id, readFileSync(cached));
    return !objects.has(id);
  });
  waiting.sort((a, b) => b.weight - a.weight);
  const total = waiting.length;
  let done = 0;
  const runOne = (worker, job) =>
    new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.once('message', ({ object, error, messages }) => {
        worker.off('error', reject);
        if (error !== undefined) return reject(new Error(`${job.source} (${job.variant}):\n${error}`));
        if (messages) report(messages);
        const temporary = `${job.cached}.${process.pid}`;
        writeFileSync(temporary, object);
        renameSync(temporary, job.cached);
        objects.set(job.id, object);
        report(`${++done}/${total} ${job.variant} ${job.source}`);
        resolve();
      });
      worker.postMessage({ source: job.source, flags: job.flags });
    });
  const runWorker = async () => {
    const worker = new Worker(new URL('compile-worker.mjs', import.meta.url), { workerData: { tree } });
    try {
      for (let job = waiting.shift(); job; job = waiting.shift()) await runOne(worker, job);
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, total) }, runWorker));
  return objects;
}

async function link(objects) {
  const { runClang, runLLVM } = await import('@yowasp/clang');
  await runLLVM(null, {}, { fetchProgress: () => {} }); // or the first command says what it reads from the package
  const names = [...objects.keys()].map((name, i) => [`o${i}.o`, objects.get(name)]);
  let messages = '';
  const stderr = (bytes) => {
    if (bytes) messages += new TextDecoder().decode(bytes);
  };
  try {
    const args = ['clang++', ...LINK, ...names.map(([name]) => name), '-o', 'out.wasm'];
    const made = await runClang(args, Object.fromEntries(names), { stderr });
    return made['out.wasm'];
  } catch (error) {
    throw new Error(`linking failed: ${messages}${error}`);
  }
}

/** Builds what is missing or out of date. */
export async function buildModules({ force = false, report = console.log } = {}) {
  if (!force && isBuilt()) return report('The WebAssembly modules are up to date.');
  const tree = { native: readTree(nativeFolder) };
  const files = filesOf(tree.native);
  const everything = hashOf(compilerVersion(), ...files.filter(([name]) => name.endsWith('.h')).flat());
  const jobs = Object.entries(VARIANTS).flatMap(([variant, extra]) =>
    files
      .filter(([name]) => name.endsWith('.cc'))
      .map(([source, text]) => {
        const flags = [...COMMON, ...extra];
        const key = hashOf(everything, source, text, JSON.stringify(flags));
        const weight = source.includes('winograd') ? 1e6 + text.length : text.length;
        return { id: `${variant}/${source}`, variant, source, flags, weight, cached: join(cacheFolder, `${key}.o`) };
      }),
  );
  const objects = await compile(tree, jobs, availableParallelism(), report);
  mkdirSync(modulesFolder, { recursive: true });
  rmSync(keyFile, { force: true });
  for (const variant of Object.keys(VARIANTS)) {
    const own = new Map([...objects].filter(([id]) => id.startsWith(`${variant}/`)).sort());
    const bytes = await link(own);
    writeFileSync(`${fileOf(variant)}.new`, bytes);
    renameSync(`${fileOf(variant)}.new`, fileOf(variant));
    report(`${fileOf(variant)}: ${bytes.length} bytes`);
  }
  writeFileSync(keyFile, stamp());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) {
    console.log(isBuilt() ? 'up to date' : 'not built from these sources');
    process.exitCode = isBuilt() ? 0 : 1;
  } else await buildModules({ force: process.argv.includes('--force') });
}
