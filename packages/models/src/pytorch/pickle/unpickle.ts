import { DataFormatError } from '@st/core';

import type { ByteReader } from './byte-reader.ts';
import { OPCODES, type Opcode, type PickleMachine } from './opcodes.ts';
import type { PickleContext, PickleValue } from './pickle-value.ts';

const STOP = 0x2e;

/** The pickles of the largest checkpoints have some ten thousand steps. Each step allocates at most one small object, so this bounds memory too. */
const MAX_STEPS = 1_000_000;

/**
 * Reads one pickle without running code from it: `context` resolves all names, and only functions implemented here can be called. The number
 * of steps, and the work of calls beyond their arguments, is limited.
 * @throws {DataFormatError} with the position in bytes and the error there.
 */
export function unpickle(reader: ByteReader, context: PickleContext): PickleValue {
  let work = 0;
  const spend = (amount: number): void => {
    work += amount;
    if (work <= MAX_STEPS) return;
    throw new DataFormatError(
      `${reader.where}: the pickle must take at most ${MAX_STEPS} steps, but takes more. A checkpoint of weights needs far fewer.`,
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
    `${where}: byte ${at} must be a pickle opcode that PyTorch writes, got 0x${code.toString(16)}. The file is damaged or of another format.`,
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
