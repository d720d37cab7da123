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

/** The file that says which evaluation a folder holds. */
const IDENTITY_FILE = 'evaluation.json';
const IDENTITY_FORMAT = 'st-evaluation';
const STEP_FORMAT = 'st-evaluation-step';
const VERSION = '2';

const MEND = 'Delete it and the steps after it, and resume: they are done again.';

/** What a finished step leaves: plain values, and arrays under names. */
export type JournalEntry = {
  readonly values: JsonObject;
  readonly arrays: ReadonlyMap<string, SafetensorsSource>;
};

/** The steps of an evaluation, each of which is done once, however often the process is killed. */
export type Journal = {
  /** Images a batch, of the process that began the evaluation. */
  readonly batchSize: number;
  /**
   * The next step: read back if it was done before, else done now and written down before it is returned.
   * @param label - What the step is; the same at every attempt.
   * @throws {CheckpointError} if what is written there is another step, or damaged, or if the folder went away.
   */
  step(label: string, work: () => Promise<JournalEntry>): Promise<JournalEntry>;
  /** Lets other processes at the store. */
  close(): Promise<void>;
};

/** How a journal is opened. */
export type OpenJournalOptions = {
  /** Everything that decides the result; a store that holds another one is refused. */
  readonly identity: JsonObject;
  readonly batchSize: number;
  readonly resume: boolean;
};

/** Does every step and keeps nothing. */
export function noJournal(batchSize: number): Journal {
  return { batchSize, step: (_label, work) => work(), close: async () => undefined };
}

/**
 * Opens the journal of an evaluation: one file a step, each written in one piece, so that after a kill at any instant the steps that were
 * finished are there and no other. Each holds a checksum of itself and of the one before it, so that none can be edited, cut out or
 * taken from another run unseen.
 * @throws {CheckpointError} for a store that holds another evaluation, or this one and `resume` is false, or that another process writes to.
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

/** As it reads back from a file: undefined members gone, NaN null. */
function asStored(identity: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(identity));
}

/** For `JSON.stringify`: the order in which an object names its members says nothing. */
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

/** Which step a file holds; `previous` is the digest of the one before it. */
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
      `${where}: ${store.name} must still hold this evaluation, but its ${IDENTITY_FILE} is gone: the folder was moved or deleted while the evaluation ran. Resume it where it is now.`,
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
      `${where}: must be the step '${label}' of this evaluation, but its ${difference.path} is ${quoted(difference.now)} in place of ${quoted(difference.before)}. The folder was mixed up; evaluate into a new one.`,
      { argument: 'state', received: difference.now },
    );
  }
  if ((await digestOfStep({ evaluation, label, previous, values, arrays: tensors })) !== digest) {
    throw new CheckpointError(
      `${where}: is damaged: its values do not have the checksum that was stored with them. ${MEND}`,
      { argument: 'state' },
    );
  }
  if (previous !== name.previous) {
    throw new CheckpointError(
      `${where}: must follow the step before it, but it follows another one: steps of two runs were mixed, or one was taken out. ${MEND}`,
      { argument: 'state', received: previous },
    );
  }
  return { entry: { values: readValues(where, values), arrays: tensors }, digest };
}

function readValues(where: string, text: string): JsonObject {
  const values = readJson(`${where}: the values of the step`, text);
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) return values as JsonObject;
  throw new CheckpointError(`${where}: must hold values by name, got ${describeValue(values)}. ${MEND}`, {
    argument: 'state',
    received: values,
  });
}

function readWhole(where: string, bytes: Uint8Array): ReturnType<typeof readSafetensors> {
  try {
    return readSafetensors(bytes, where);
  } catch (cause) {
    if (!(cause instanceof DataFormatError)) throw cause;
    throw new CheckpointError(`${where}: is damaged: ${cause.message} ${MEND}`, { argument: 'state', cause });
  }
}

/** What an evaluation began with. */
type Begun = { readonly identity: JsonObject; readonly batchSize: number };

/** Returns what the store holds if it is this evaluation. */
function readBegun(where: Where, name: string, bytes: Uint8Array, wanted: JsonObject, resume: boolean): Begun {
  const begun = parseBegun(where, name, bytes);
  const difference = findDifference(begun.identity, wanted);
  if (difference) {
    throw new CheckpointError(
      `${where}: ${name} holds another evaluation: its ${difference.path} is ${quoted(difference.before)}, not ${quoted(difference.now)}. Set it back to go on with that one, or name another folder.`,
      { argument: 'state', received: name },
    );
  }
  if (resume) return begun;
  throw new CheckpointError(
    `${where}: ${name} already holds this evaluation. Pass resume: true to go on with it, or name another folder.`,
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
    `${where}: ${name}/${IDENTITY_FILE} must describe an evaluation of version ${VERSION}, and does not. Name another folder.`,
    { argument: 'state', received: name },
  );
}

/** Null for what is no JSON: told with what else is wrong. */
function tryJson(bytes: Uint8Array): unknown {
  try {
    return readJson(IDENTITY_FILE, bytes);
  } catch (error) {
    if (error instanceof DataFormatError) return null;
    throw error;
  }
}

/** A plain value as JSON writes it, another one in short. */
function quoted(value: JsonValue | undefined): string {
  const isShort = typeof value !== 'object' && String(value).length <= 100;
  return isShort || value === null ? String(JSON.stringify(value)) : describeValue(value);
}
