import { DataFormatError } from '@st/core';

import type { ByteReader } from './byte-reader.ts';
import { OPCODES, type Opcode, type PickleMachine } from './opcodes.ts';
import type { PickleContext, PickleValue } from './pickle-value.ts';

const STOP = 0x2e;

/** Steps of the largest checkpoints' pickles are some ten thousand; each makes at most one small object, so this bounds memory too. */
const MAX_STEPS = 1_000_000;

/**
 * Reads one pickle, without running anything: of what it names, only what `context` allows exists, and a call of that is our own function.
 * Steps, and the work that calls make beyond their arguments, are counted and bounded.
 * @throws {DataFormatError} naming the byte and what is wrong there.
 */
export function unpickle(reader: ByteReader, context: PickleContext): PickleValue {
  let work = 0;
  const spend = (amount: number): void => {
    work += amount;
    if (work <= MAX_STEPS) return;
    throw new DataFormatError(
      `${reader.where}: the pickle must take at most ${MAX_STEPS} steps, and takes more. It is not what a checkpoint of weights holds.`,
      { argument: 'bytes', received: work },
    );
  };
  const machine: PickleMachine = { reader, context, stack: [], marks: [], memo: new Map(), spend };
  for (;;) {
    spend(1);
    const at = reader.position;
    const code = reader.byte();
    if (code === STOP) return lastValue(machine);
    opcodeOf(reader, code, at)(machine);
  }
}

function opcodeOf({ where }: ByteReader, code: number, at: number): Opcode {
  const opcode = OPCODES.get(code);
  if (opcode) return opcode;
  throw new DataFormatError(
    `${where}: byte ${at} must be an instruction of a pickle as PyTorch writes them, got 0x${code.toString(16)}. The file is damaged or of another kind.`,
    { argument: 'bytes', received: code },
  );
}

function lastValue({ reader, stack, marks }: PickleMachine): PickleValue {
  const [value] = stack;
  if (value !== undefined && stack.length === 1 && marks.length === 0) return value;
  throw new DataFormatError(
    `${reader.where}: the pickle must end with one value, got ${stack.length} at byte ${reader.position}.`,
    { argument: 'bytes', received: stack.length },
  );
}
