import { CheckpointError, type CheckpointStore, DataFormatError, readSafetensors, writeSafetensors } from '@st/core';
import {
  checkpointStoreOf,
  describeValue,
  findDifference,
  type JsonObject,
  type JsonValue,
  readJson,
  type SafetensorsSource,
  sha256,
  type Where,
} from '@st/core/kit';

import { digestOfStep } from './digest-of-step.ts';

/** The file that identifies the evaluation in a folder. */
const IDENTITY_FILE = 'evaluation.json';
const IDENTITY_FORMAT = 'st-evaluation';
const STEP_FORMAT = 'st-evaluation-step';
const VERSION = '2';

const HINT = 'Delete it and all later steps, then resume: they are computed again.';

/** The result of a finished step: plain values, and named arrays. */
export type JournalEntry = {
  readonly values: JsonObject;
  readonly arrays: ReadonlyMap<string, SafetensorsSource>;
};

/** The steps of an evaluation. Each finished step is stored, and is not computed again after a kill. */
export type Journal = {
  /** Images per batch, of the process that started the evaluation. */
  readonly batchSize: number;
  /**
   * The next step: read back if it is stored, else computed by `work` and written before it is returned.
   * @param label - Identifies the step; the same in every process.
   * @throws {CheckpointError} if the stored step is another one or damaged, or if the folder was moved or deleted.
   */
  step(label: string, work: () => Promise<JournalEntry>): Promise<JournalEntry>;
  /** Releases the lock of the store. */
  close(): Promise<void>;
};

/** Options of `openJournal`. */
export type OpenJournalOptions = {
  /** Everything that the result depends on; must be equal to that in the store. */
  readonly identity: JsonObject;
  readonly batchSize: number;
  readonly resume: boolean;
};

/** A journal that computes every step and stores nothing. */
export function noJournal(batchSize: number): Journal {
  return { batchSize, step: (_label, work) => work(), close: async () => undefined };
}

/**
 * Opens the journal of an evaluation, with one file per step. Files are written atomically: after a kill at any instant, the store holds
 * exactly the finished steps. Each step holds its own digest and that of the previous step, which reveals a step that was edited, removed or taken
 * from another run.
 * @throws {CheckpointError} if the store holds another evaluation, or holds this one and `resume` is false, or if another process has locked it.
 */
export async function openJournal(
  where: Where,
  source: string | CheckpointStore,
  options: OpenJournalOptions,
): Promise<Journal> {
  const store = await checkpointStoreOf(where, source);
  const lock = await store.lock?.();
  try {
    return { ...(await journalIn(where, store, options)), close: async () => lock?.release() };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

async function journalIn(
  where: Where,
  store: CheckpointStore,
  { identity, batchSize, resume }: OpenJournalOptions,
): Promise<Omit<Journal, 'close'>> {
  const wanted = asStored(identity);
  const bytes = await store.read(IDENTITY_FILE);
  const begun = bytes ? readBegun(where, store.name, bytes, wanted, resume) : { identity: wanted, batchSize };
  if (!bytes) {
    const text = JSON.stringify({ format: IDENTITY_FORMAT, version: VERSION, ...begun }, null, 2);
    await store.write(IDENTITY_FILE, new TextEncoder().encode(`${text}\n`));
  }
  const evaluation = await sha256(JSON.stringify(begun, withSortedKeys));
  return { batchSize: begun.batchSize, step: stepsIn(where, store, evaluation, bytes !== null) };
}

/** The value after a round trip through JSON: without undefined members, NaN as null. */
function asStored(identity: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(identity));
}

/** A replacer for `JSON.stringify`: sorts the members of objects, so that equal objects give equal text. */
function withSortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function stepsIn(where: Where, store: CheckpointStore, evaluation: string, replays: boolean): Journal['step'] {
  let next = 0;
  let replaying = replays;
  let previous = evaluation;
  return async (label, work) => {
    const file = `step-${String(next).padStart(6, '0')}.safetensors`;
    const name = { evaluation, label, previous };
    const bytes = replaying ? await store.read(file) : null;
    replaying &&= bytes !== null;
    const { entry, digest } = bytes
      ? await readStep(`${where}: ${store.name}/${file}`, bytes, name)
      : await writeStep(where, store, file, await work(), name);
    previous = digest;
    next++;
    return entry;
  };
}

/** Identifies the step in a file; `previous` is the digest of the step before it. */
type StepName = { readonly evaluation: string; readonly label: string; readonly previous: string };
type Step = { readonly entry: JournalEntry; readonly digest: string };

async function writeStep(
  where: Where,
  store: CheckpointStore,
  file: string,
  entry: JournalEntry,
  name: StepName,
): Promise<Step> {
  if ((await store.read(IDENTITY_FILE)) === null) {
    throw new CheckpointError(
      `${where}: ${store.name} must still hold this evaluation, but its ${IDENTITY_FILE} is gone: the folder was moved or deleted during the evaluation. Resume from its new path.`,
      { argument: 'state', received: store.name },
    );
  }
  const values = JSON.stringify(entry.values);
  const digest = await digestOfStep({ ...name, values, arrays: entry.arrays });
  const metadata = { format: STEP_FORMAT, version: VERSION, ...name, values, digest };
  await store.write(file, writeSafetensors(entry.arrays, metadata));
  return { entry, digest };
}

async function readStep(where: string, bytes: Uint8Array, name: StepName): Promise<Step> {
  const { tensors, metadata } = readWhole(where, bytes);
  const { values = '', digest = '', previous = '' } = metadata;
  const { evaluation, label } = name;
  const wanted = { format: STEP_FORMAT, version: VERSION, evaluation, label };
  const { format, version } = metadata;
  const difference = findDifference(wanted, {
    format,
    version,
    evaluation: metadata.evaluation,
    label: metadata.label,
  });
  if (difference) {
    throw new CheckpointError(
      `${where}: must be the step '${label}' of this evaluation, but its ${difference.path} is ${quoted(difference.now)} instead of ${quoted(difference.before)}. Files of several evaluations were mixed: evaluate into a new folder.`,
      { argument: 'state', received: difference.now },
    );
  }
  if ((await digestOfStep({ evaluation, label, previous, values, arrays: tensors })) !== digest) {
    throw new CheckpointError(`${where}: is damaged: its content does not match its checksum. ${HINT}`, {
      argument: 'state',
    });
  }
  if (previous !== name.previous) {
    throw new CheckpointError(
      `${where}: must follow the previous step, but follows another one: steps of two runs were mixed, or one was removed. ${HINT}`,
      { argument: 'state', received: previous },
    );
  }
  return { entry: { values: readValues(where, values), arrays: tensors }, digest };
}

function readValues(where: string, text: string): JsonObject {
  const values = readJson(`${where}: the values of the step`, text);
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) return values as JsonObject;
  throw new CheckpointError(`${where}: must hold values by name, got ${describeValue(values)}. ${HINT}`, {
    argument: 'state',
    received: values,
  });
}

function readWhole(where: string, bytes: Uint8Array): ReturnType<typeof readSafetensors> {
  try {
    return readSafetensors(bytes, where);
  } catch (cause) {
    if (!(cause instanceof DataFormatError)) throw cause;
    throw new CheckpointError(`${where}: is damaged: ${cause.message} ${HINT}`, { argument: 'state', cause });
  }
}

/** The content of the identity file. */
type Begun = { readonly identity: JsonObject; readonly batchSize: number };

/** Returns the content of the identity file if it is that of this evaluation and may be resumed. */
function readBegun(where: Where, name: string, bytes: Uint8Array, wanted: JsonObject, resume: boolean): Begun {
  const begun = parseBegun(where, name, bytes);
  const difference = findDifference(begun.identity, wanted);
  if (difference) {
    throw new CheckpointError(
      `${where}: ${name} holds another evaluation: its ${difference.path} is ${quoted(difference.before)}, not ${quoted(difference.now)}. Change it back to continue that evaluation, or use another folder.`,
      { argument: 'state', received: name },
    );
  }
  if (resume) return begun;
  throw new CheckpointError(
    `${where}: ${name} already holds this evaluation. Pass resume: true to continue it, or use another folder.`,
    { argument: 'state', received: name },
  );
}

function parseBegun(where: Where, name: string, bytes: Uint8Array): Begun {
  const held = tryJson(bytes) as {
    readonly format?: unknown;
    readonly version?: unknown;
    readonly identity?: unknown;
    readonly batchSize?: unknown;
  } | null;
  const { identity, batchSize } = held ?? {};
  const isBegun =
    held?.format === IDENTITY_FORMAT &&
    held.version === VERSION &&
    typeof identity === 'object' &&
    identity !== null &&
    typeof batchSize === 'number' &&
    Number.isSafeInteger(batchSize) &&
    batchSize > 0;
  if (isBegun) return { identity: identity as JsonObject, batchSize };
  throw new CheckpointError(
    `${where}: ${name}/${IDENTITY_FILE} must describe an evaluation of version ${VERSION}, but does not. Use another folder.`,
    { argument: 'state', received: name },
  );
}

/** The parsed JSON; null if it is not valid, so that the caller reports all damage alike. */
function tryJson(bytes: Uint8Array): unknown {
  try {
    return readJson(IDENTITY_FILE, bytes);
  } catch (error) {
    if (error instanceof DataFormatError) return null;
    throw error;
  }
}

/** A short plain value as JSON, any other in a few words. */
function quoted(value: JsonValue | undefined): string {
  const isShort = typeof value !== 'object' && String(value).length <= 100;
  return isShort || value === null ? String(JSON.stringify(value)) : describeValue(value);
}
