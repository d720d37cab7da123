import {
  CheckpointError,
  type CheckpointStore,
  checkpointStoreOf,
  DataFormatError,
  findDifference,
  type JsonObject,
  readSafetensors,
  type SafetensorsSource,
  sha256,
  type Where,
  writeSafetensors,
} from '@st/core';

/** The file that says which evaluation a folder holds. */
const IDENTITY_FILE = 'evaluation.json';
const IDENTITY_FORMAT = 'st-evaluation';
const STEP_FORMAT = 'st-evaluation-step';
const VERSION = '1';

/** What a finished step leaves: plain values, and arrays under names. */
export type JournalEntry = {
  readonly values: JsonObject;
  readonly arrays: ReadonlyMap<string, SafetensorsSource>;
};

/** The steps of an evaluation, each of which is done once, however often the process is killed. */
export type Journal = {
  /**
   * The next step: read back if it was done before, else done now and written down before it is returned.
   * @param label - What the step is; the same at every attempt.
   * @throws {CheckpointError} if what is written there is another step, or damaged.
   */
  step(label: string, work: () => Promise<JournalEntry>): Promise<JournalEntry>;
};

/** Does every step and keeps nothing. */
export const noJournal: Journal = { step: (_label, work) => work() };

/**
 * Opens the journal of an evaluation: one file a step, each written in one piece, so that after a kill at any instant the steps that were
 * finished are there and no other.
 * @param identity - Everything that decides the result; a store that holds another one is refused.
 * @throws {CheckpointError} for a store that holds another evaluation, or this one and `resume` is false.
 */
export async function openJournal(
  where: Where,
  source: string | CheckpointStore,
  identity: JsonObject,
  resume: boolean,
): Promise<Journal> {
  const store = await checkpointStoreOf(where, source);
  const wanted = asStored(identity);
  const bytes = await store.read(IDENTITY_FILE);
  if (bytes) {
    const held = refuseOther(where, store.name, bytes, wanted, resume);
    return journalIn(where, store, await sha256(JSON.stringify(held)), true);
  }
  const text = JSON.stringify({ format: IDENTITY_FORMAT, version: VERSION, identity: wanted }, null, 2);
  await store.write(IDENTITY_FILE, new TextEncoder().encode(`${text}\n`));
  return journalIn(where, store, await sha256(JSON.stringify(wanted)), false);
}

/** As it reads back from a file: undefined members gone, NaN null. */
function asStored(identity: JsonObject): JsonObject {
  return JSON.parse(JSON.stringify(identity));
}

function journalIn(where: Where, store: CheckpointStore, evaluation: string, replays: boolean): Journal {
  let next = 0;
  let replaying = replays;
  return {
    step: async (label, work) => {
      const file = `step-${String(next).padStart(6, '0')}.safetensors`;
      const bytes = replaying ? await store.read(file) : null;
      replaying &&= bytes !== null;
      const entry = bytes
        ? readStep(`${where}: ${store.name}/${file}`, bytes, { evaluation, label })
        : await writeStep(store, file, await work(), { evaluation, label });
      next++;
      return entry;
    },
  };
}

type StepName = { readonly evaluation: string; readonly label: string };

async function writeStep(
  store: CheckpointStore,
  file: string,
  entry: JournalEntry,
  name: StepName,
): Promise<JournalEntry> {
  const metadata = { format: STEP_FORMAT, version: VERSION, ...name, values: JSON.stringify(entry.values) };
  await store.write(file, writeSafetensors(entry.arrays, metadata));
  return entry;
}

function readStep(where: string, bytes: Uint8Array, { evaluation, label }: StepName): JournalEntry {
  const { tensors, metadata } = readWhole(where, bytes);
  const wanted = { format: STEP_FORMAT, version: VERSION, evaluation, label };
  const difference = findDifference(wanted, { ...metadata, values: undefined });
  if (!difference) return { values: JSON.parse(metadata.values ?? '{}'), arrays: tensors };
  throw new CheckpointError(
    `${where}: must be the step '${label}' of this evaluation, but its ${difference.path} is ${JSON.stringify(difference.now)} in place of ${JSON.stringify(difference.before)}. The folder was mixed up; evaluate into a new one.`,
    { argument: 'state', received: difference.now },
  );
}

function readWhole(where: string, bytes: Uint8Array): ReturnType<typeof readSafetensors> {
  try {
    return readSafetensors(bytes, where);
  } catch (cause) {
    if (!(cause instanceof DataFormatError)) throw cause;
    throw new CheckpointError(
      `${where}: is damaged: ${cause.message} Delete it and the steps after it, and resume: they are done again.`,
      { argument: 'state', cause },
    );
  }
}

/** Returns what the store holds, as it was written: its digest names the steps. */
function refuseOther(where: Where, name: string, bytes: Uint8Array, wanted: JsonObject, resume: boolean): JsonObject {
  const held = parseIdentity(where, name, bytes);
  const difference = findDifference(held, wanted);
  if (difference) {
    throw new CheckpointError(
      `${where}: ${name} holds another evaluation: its ${difference.path} is ${JSON.stringify(difference.before)}, not ${JSON.stringify(difference.now)}. Set it back to go on with that one, or name another folder.`,
      { argument: 'state', received: name },
    );
  }
  if (resume) return held;
  throw new CheckpointError(
    `${where}: ${name} already holds this evaluation. Pass resume: true to go on with it, or name another folder.`,
    { argument: 'state', received: name },
  );
}

function parseIdentity(where: Where, name: string, bytes: Uint8Array): JsonObject {
  let held: { readonly format?: unknown; readonly version?: unknown; readonly identity?: JsonObject } | null = null;
  try {
    held = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // no JSON: told below, with what else is wrong
  }
  if (held?.format === IDENTITY_FORMAT && held.version === VERSION && held.identity) return held.identity;
  throw new CheckpointError(
    `${where}: ${name}/${IDENTITY_FILE} must describe an evaluation of version ${VERSION}, and does not. Name another folder.`,
    { argument: 'state', received: name },
  );
}
