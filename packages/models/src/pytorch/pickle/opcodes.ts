import { DataFormatError } from '@st/core';

import type { ByteReader } from './byte-reader.ts';
import { build, call, isUnread, newObject, setItem } from './pickle-objects.ts';
import type { PickleContext, PickleValue } from './pickle-value.ts';

/** The state of the unpickler. */
export type PickleMachine = {
  readonly reader: ByteReader;
  readonly context: PickleContext;
  readonly stack: PickleValue[];
  /** Heights of the stack at the marks. */
  readonly marks: number[];
  readonly memo: Map<number, PickleValue>;
  readonly spend: (amount: number) => void;
};

/** Runs one opcode: reads its argument and changes the stack. */
export type Opcode = (machine: PickleMachine) => void;

/** Maximum length of an integer in bytes; PyTorch's magic number has 10. */
const MAX_INTEGER_BYTES = 32;
const NEWEST_PROTOCOL = 5;

/**
 * The opcodes of pickle protocols 2 to 5, which PyTorch writes; the text opcodes of protocol 0 are refused.
 * @see CPython's Lib/pickletools.py, which documents the format
 */
export const OPCODES: ReadonlyMap<number, Opcode> = new Map<number, Opcode>([
  [0x80, protocol],
  [0x95, ({ reader }) => void reader.uint64()], // FRAME: a hint for streaming
  ['('.charCodeAt(0), ({ marks, stack }) => void marks.push(stack.length)],
  ['0'.charCodeAt(0), (machine) => void pop(machine)],
  ['1'.charCodeAt(0), (machine) => void popToMark(machine)],
  ['2'.charCodeAt(0), (machine) => push(machine, top(machine))],

  ['N'.charCodeAt(0), (machine) => push(machine, null)],
  [0x88, (machine) => push(machine, true)],
  [0x89, (machine) => push(machine, false)],
  ['K'.charCodeAt(0), (machine) => push(machine, machine.reader.byte())],
  ['M'.charCodeAt(0), (machine) => push(machine, machine.reader.uint16())],
  ['J'.charCodeAt(0), (machine) => push(machine, machine.reader.int32())],
  [0x8a, (machine) => push(machine, integer(machine.reader, machine.reader.byte()))],
  [0x8b, (machine) => push(machine, integer(machine.reader, machine.reader.uint32()))],
  ['G'.charCodeAt(0), (machine) => push(machine, machine.reader.float64())],

  ['U'.charCodeAt(0), (machine) => push(machine, machine.reader.text(machine.reader.byte()))],
  ['T'.charCodeAt(0), (machine) => push(machine, machine.reader.text(machine.reader.uint32()))],
  ['X'.charCodeAt(0), (machine) => push(machine, machine.reader.text(machine.reader.uint32()))],
  [0x8c, (machine) => push(machine, machine.reader.text(machine.reader.byte()))],
  [0x8d, (machine) => push(machine, machine.reader.text(machine.reader.uint64()))],
  ['B'.charCodeAt(0), (machine) => push(machine, machine.reader.take(machine.reader.uint32()))],
  ['C'.charCodeAt(0), (machine) => push(machine, machine.reader.take(machine.reader.byte()))],
  [0x8e, (machine) => push(machine, machine.reader.take(machine.reader.uint64()))],
  [0x96, (machine) => push(machine, machine.reader.take(machine.reader.uint64()))],

  [')'.charCodeAt(0), (machine) => push(machine, [])],
  ['t'.charCodeAt(0), (machine) => push(machine, popToMark(machine))],
  [0x85, (machine) => push(machine, popMany(machine, 1))],
  [0x86, (machine) => push(machine, popMany(machine, 2))],
  [0x87, (machine) => push(machine, popMany(machine, 3))],
  [']'.charCodeAt(0), (machine) => push(machine, [])],
  ['a'.charCodeAt(0), (machine) => append(machine, [pop(machine)])],
  ['e'.charCodeAt(0), (machine) => append(machine, popToMark(machine))],
  ['}'.charCodeAt(0), (machine) => push(machine, new Map())],
  ['s'.charCodeAt(0), (machine) => setItems(machine, popMany(machine, 2))],
  ['u'.charCodeAt(0), (machine) => setItems(machine, popToMark(machine))],
  [0x8f, (machine) => push(machine, [])], // EMPTY_SET
  [0x90, (machine) => append(machine, popToMark(machine))], // ADDITEMS, to a set
  [0x91, (machine) => push(machine, popToMark(machine))], // FROZENSET

  ['c'.charCodeAt(0), (machine) => push(machine, global(machine, machine.reader.line(), machine.reader.line()))],
  ['i'.charCodeAt(0), instance],
  [0x93, stackGlobal],
  ['R'.charCodeAt(0), (machine) => callTop(machine)],
  [0x81, (machine) => newTop(machine, popMany(machine, 2))], // NEWOBJ: cls.__new__(cls, *args)
  [0x92, (machine) => newTop(machine, popMany(machine, 3))], // NEWOBJ_EX: cls.__new__(cls, *args, **kwargs)
  ['b'.charCodeAt(0), (machine) => build(machine.reader.where, pop(machine), top(machine))],
  ['Q'.charCodeAt(0), (machine) => push(machine, machine.context.storage(pop(machine)))],

  ['q'.charCodeAt(0), (machine) => remember(machine, machine.reader.byte())],
  ['r'.charCodeAt(0), (machine) => remember(machine, machine.reader.uint32())],
  [0x94, (machine) => remember(machine, machine.memo.size)],
  ['h'.charCodeAt(0), (machine) => push(machine, recall(machine, machine.reader.byte()))],
  ['j'.charCodeAt(0), (machine) => push(machine, recall(machine, machine.reader.uint32()))],
]);

function fail({ reader }: PickleMachine, what: string): never {
  throw new DataFormatError(`${reader.where}: ${what} before byte ${reader.position}. The file is damaged.`, {
    argument: 'bytes',
  });
}

function push({ stack }: PickleMachine, value: PickleValue): void {
  stack.push(value);
}

/** Height of the stack at the last mark. Values below it belong to another, unfinished value. */
function stackBase({ marks }: PickleMachine): number {
  return marks.at(-1) ?? 0;
}

function pop(machine: PickleMachine): PickleValue {
  const value = machine.stack.length > stackBase(machine) ? machine.stack.pop() : undefined;
  return value === undefined ? fail(machine, 'a value is missing') : value;
}

function top(machine: PickleMachine): PickleValue {
  const value = machine.stack.length > stackBase(machine) ? machine.stack.at(-1) : undefined;
  return value === undefined ? fail(machine, 'a value is missing') : value;
}

function popMany(machine: PickleMachine, count: number): PickleValue[] {
  if (machine.stack.length - stackBase(machine) < count) fail(machine, `one of ${count} values is missing`);
  return machine.stack.splice(machine.stack.length - count);
}

function popToMark(machine: PickleMachine): PickleValue[] {
  const mark = machine.marks.pop();
  return mark === undefined ? fail(machine, 'a mark is missing') : machine.stack.splice(mark);
}

function protocol(machine: PickleMachine): void {
  const version = machine.reader.byte();
  if (version > NEWEST_PROTOCOL)
    fail(machine, `the pickle protocol must be at most ${NEWEST_PROTOCOL}, got ${version}`);
}

/** Little-endian two's complement. */
function integer(reader: ByteReader, length: number): number | bigint {
  if (length > MAX_INTEGER_BYTES) {
    throw new DataFormatError(
      `${reader.where}: an integer must take at most ${MAX_INTEGER_BYTES} bytes, got ${length} at byte ${reader.position}.`,
      { argument: 'bytes', received: length },
    );
  }
  const unsigned = reader.take(length).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const value = BigInt.asIntN(8 * length, unsigned);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function append(machine: PickleMachine, values: readonly PickleValue[]): void {
  const list = top(machine);
  if (isUnread(list)) return;
  if (!Array.isArray(list)) fail(machine, 'values must be appended to a list, but are not');
  for (const value of values) list.push(value);
}

function setItems(machine: PickleMachine, pairs: readonly PickleValue[]): void {
  const target = top(machine);
  const dict = isUnread(target) ? target.items : target;
  if (!(dict instanceof Map) || pairs.length % 2 !== 0) fail(machine, 'items must be pairs for a dict, but are not');
  for (let i = 0; i < pairs.length; i += 2) setItem(machine.reader.where, dict, pairs[i], pairs[i + 1]);
}

function global({ context }: PickleMachine, module: string, name: string): PickleValue {
  return context.global(`${module}.${name}`);
}

/** The opcode INST names a class and calls it; PyTorch does not write it. */
function instance(machine: PickleMachine): void {
  const type = global(machine, machine.reader.line(), machine.reader.line());
  const context = { where: machine.reader.where, spend: machine.spend };
  push(machine, call(context, type, popToMark(machine)));
}

function stackGlobal(machine: PickleMachine): void {
  const [module, name] = popMany(machine, 2);
  if (typeof module !== 'string' || typeof name !== 'string') fail(machine, 'a class must be named by strings');
  push(machine, global(machine, module, name));
}

function callTop(machine: PickleMachine): void {
  const [callee, args] = popMany(machine, 2);
  push(machine, call({ where: machine.reader.where, spend: machine.spend }, callee, args));
}

function newTop(machine: PickleMachine, [type, args]: readonly PickleValue[]): void {
  push(machine, newObject({ where: machine.reader.where, spend: machine.spend }, type, args));
}

function remember(machine: PickleMachine, index: number): void {
  machine.memo.set(index, top(machine));
}

function recall(machine: PickleMachine, index: number): PickleValue {
  const value = machine.memo.get(index);
  return value === undefined ? fail(machine, `memo entry ${index} is missing`) : value;
}
