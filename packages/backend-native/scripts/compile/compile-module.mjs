// Compiles and links the native module.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { listSources, root } from './sources.mjs';

const FLAGS = [
  ...['-std=c++17', '-O3', '-fno-math-errno', '-ffp-contract=fast', '-fvisibility=hidden', '-fPIC'],
  ...['-Wall', '-Wextra', '-Wno-unused-parameter', '-DNAPI_VERSION=8', '-Inative'],
];

/** The instruction sets of a processor for which the kernels are compiled; native/isa chooses among them at run time. */
const INSTRUCTION_SETS = {
  x64: {
    baseline: [],
    avx2: ['-mavx2', '-mfma'],
    avx512: ['-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mfma', '-mprefer-vector-width=512'],
  },
  arm64: { baseline: [] },
};

/**
 * Builds the module into the file `out`. `kernelsBy` is the compiler of the kernels, if it is another one. Throws an error with the
 * compiler's first message if a source does not compile.
 */
export async function compileModule({ compiler, kernelsBy = compiler, out }) {
  const objects = mkdtempSync(join(tmpdir(), 'st-native-'));
  try {
    const jobs = jobsOf(compiler, kernelsBy, objects);
    await runAll(jobs);
    if (compiler.prepareLink) await execute(compiler.prepareLink(objects), compiler.environment);
    mkdirSync(dirname(out), { recursive: true });
    const link = [
      ...compiler.command,
      ...jobs.map(({ object }) => object),
      ...compiler.linkArguments(objects),
      '-o',
      out,
    ];
    await execute(link, compiler.environment);
  } finally {
    rmSync(objects, { recursive: true, force: true });
  }
}

/** What is to be compiled, the longest first: the kernels of Winograd take a third of the time. */
function jobsOf(compiler, kernelsBy, objects) {
  const { kernels, plain } = listSources();
  const jobs = [];
  const add = (by, source, flags) => {
    const object = join(objects, `${jobs.length}-${basename(source)}.o`);
    jobs.push({
      source,
      object,
      command: [...by.command, ...by.flags, ...FLAGS, ...flags, '-c', source, '-o', object],
      by,
    });
  };
  for (const [name, flags] of Object.entries(INSTRUCTION_SETS[compiler.arch] ?? { baseline: [] })) {
    for (const source of kernels) add(kernelsBy, source, [`-DST_ISA=${name}`, ...flags]);
  }
  for (const source of plain) add(compiler, source, []);
  for (const source of compiler.runtime?.sources ?? []) {
    const object = join(objects, `${jobs.length}-${basename(source)}.o`);
    jobs.push({
      source,
      object,
      command: [...compiler.command, ...compiler.runtime.flags, '-c', source, '-o', object],
      by: compiler,
    });
  }
  return jobs;
}

async function runAll(jobs) {
  const weightOf = ({ source }) => (source.includes('winograd') ? 1e9 : 0) + statSync(join(root, source)).size;
  const waiting = jobs
    .filter(({ source }) => source.startsWith('native/'))
    .sort((a, b) => weightOf(b) - weightOf(a))
    .concat(jobs.filter(({ source }) => !source.startsWith('native/')));
  const work = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      await execute(job.command, job.by.environment);
    }
  };
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, work));
  } finally {
    waiting.length = 0; // after a failure the other workers end too
  }
}

/** Runs a command in the package's folder. */
function execute([command, ...args], environment) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let messages = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (messages += text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return resolve();
      const cause = messages.trim() || `${basename(command)} ended with ${signal ?? `code ${code}`}`;
      reject(new Error(firstError(cause)));
    });
  });
}

const firstError = (text) =>
  (text.split('\n').find((line) => /error:|fatal/i.test(line)) ?? text.split('\n')[0]).trim().slice(0, 200);
