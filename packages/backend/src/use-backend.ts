import { BackendError } from '@st/core';
import { checkChoice, checkKinds, checkKnownOptions } from '@st/core/kit';
import { findBackendFactory, setBackend } from '@tensorflow/tfjs-core';

import { BACKENDS, type BackendName, type Candidate, type ReadyOptions } from './candidates/candidate.ts';
import { cpuCandidate } from './candidates/cpu-candidate.ts';
import { nativeCandidate } from './candidates/native-candidate.ts';
import { stWasmCandidate } from './candidates/st-wasm-candidate.ts';
import { tfjsNodeCandidate, tfjsNodeGpuCandidate } from './candidates/tfjs-node-candidate.ts';
import { wasmCandidate } from './candidates/wasm-candidate.ts';
import { webgpuCandidate } from './candidates/webgpu-candidate.ts';

const WHERE = '[@st/backend] useBackend';

const CANDIDATES: readonly Candidate[] = [
  tfjsNodeGpuCandidate,
  nativeCandidate,
  tfjsNodeCandidate,
  webgpuCandidate,
  stWasmCandidate,
  wasmCandidate,
  cpuCandidate,
];

/** Settings of `useBackend`. */
export type UseBackendOptions = Omit<ReadyOptions, 'asked'>;

/** The back end that is active now. */
export type BackendReport = {
  readonly name: BackendName;
  /** One line to show a user: `back end wasm (native: not installed; tfjs-node: not installed)`; also says why st-wasm has one thread. */
  readonly line: string;
  /** The faster back ends that cannot be used, fastest first; empty if a back end was named. */
  readonly skipped: readonly { readonly name: BackendName; readonly why: string }[];
};

/**
 * Makes a back end the active one: the one named, or under `'auto'` the fastest that is installed and runs here, out of tfjs-node-gpu,
 * native (`@st/backend-native`), tfjs-node, webgpu, st-wasm (`@st/backend-wasm`), wasm and cpu. Prepares it for training (see `registerTrainingKernels`). Prints nothing.
 *
 * Every back end is an optional peer dependency: install those that `'auto'` shall find.
 * @example const { line } = await useBackend('auto');
 * @throws {InvalidArgumentError} for an unknown name or option.
 * @throws {BackendError} if the named back end cannot be used, or with `'auto'` if none can; the message says why and what to install.
 */
export async function useBackend(
  name: 'auto' | BackendName = 'auto',
  options: UseBackendOptions = {},
): Promise<BackendReport> {
  checkChoice(WHERE, 'name', name, ['auto', ...BACKENDS]);
  checkKnownOptions(WHERE, options, ['wasmPath']);
  checkKinds(WHERE, options, { wasmPath: 'text' });
  const wanted = name === 'auto' ? CANDIDATES : CANDIDATES.filter((candidate) => candidate.name === name);
  // In turns: of two calls of `tf.setBackend` at once the first gives false, as if its back end had failed.
  const own = turn.then(() => activateFirst(wanted, { ...options, asked: name !== 'auto' }));
  turn = own.catch(() => undefined);
  return own;
}

/** The end of the latest call of `useBackend`. */
let turn: Promise<unknown> = Promise.resolve();

/** Activates the first usable candidate: `useBackend` for a given list. */
export async function activateFirst(candidates: readonly Candidate[], options: ReadyOptions): Promise<BackendReport> {
  const skipped: { name: BackendName; why: string }[] = [];
  let advice: string | undefined;
  for (const candidate of candidates) {
    const readied = await candidate.ready(options);
    if ('why' in readied) {
      skipped.push({ name: candidate.name, why: readied.why.replace(/\.$/, '') });
      advice = readied.advice;
    } else if (!isRegistered(readied.registered)) {
      skipped.push({ name: candidate.name, why: `tf.removeBackend('${readied.registered}') has removed it` });
    } else if (await setBackend(readied.registered)) {
      return { name: candidate.name, line: describe(candidate.name, readied.note?.(), skipped), skipped };
    } else skipped.push({ name: candidate.name, why: 'failed to start' });
  }
  throw noneUsable(candidates, skipped, advice);
}

/** False after `tf.removeBackend`; `setBackend` would throw. */
function isRegistered(name: string): boolean {
  return findBackendFactory(name) !== null;
}

function describe(name: BackendName, note: string | undefined, skipped: BackendReport['skipped']): string {
  const chosen = note === undefined ? `back end ${name}` : `back end ${name}, ${note}`;
  return skipped.length === 0 ? chosen : `${chosen} (${reasons(skipped)})`;
}

/** `advice` is that of the last candidate. */
function noneUsable(
  candidates: readonly Candidate[],
  skipped: BackendReport['skipped'],
  advice: string | undefined,
): BackendError {
  const [only, ...others] = candidates;
  const details = { argument: 'name', received: others.length === 0 ? only?.name : 'auto' };
  if (only !== undefined && others.length === 0) {
    const help =
      advice === undefined
        ? `${only.remedy}; or let 'auto' choose another.`
        : `${advice} Let 'auto' choose another.`.trimStart();
    return new BackendError(`${WHERE}: back end '${only.name}' cannot be used: ${skipped[0]?.why}. ${help}`, details);
  }
  return new BackendError(
    `${WHERE}: no back end can be used (${reasons(skipped)}). Install one: npm install @st/backend-native @st/backend-wasm.`,
    details,
  );
}

function reasons(skipped: BackendReport['skipped']): string {
  return skipped.map(({ name, why }) => `${name}: ${why}`).join('; ');
}
