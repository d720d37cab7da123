import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Zippable, zipSync } from 'fflate';

/** Reads a file of `fixtures/` that PyTorch wrote. */
export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url))));
}

/** A part of a pickle: a byte, characters, or bytes. */
export type Part = number | string | readonly number[];

/** A pickle of protocol 2. Numbers are bytes, strings are the bytes of their characters. */
export function pickle(...parts: readonly Part[]): Uint8Array {
  return Uint8Array.from([0x80, 2, ...parts.flatMap(bytesOf), 0x2e]);
}

/** The opcode BINUNICODE with a string. */
export function text(value: string): readonly number[] {
  const utf8 = new TextEncoder().encode(value);
  return [0x58, utf8.length & 0xff, utf8.length >> 8, 0, 0, ...utf8];
}

/** The opcode GLOBAL. */
export function global(module: string, name: string): string {
  return `c${module}\n${name}\n`;
}

function bytesOf(part: Part): readonly number[] {
  if (typeof part === 'number') return [part];
  return typeof part === 'string' ? [...part].map((character) => character.charCodeAt(0)) : part;
}

/** A zip file in the format of `torch.save`, with the given pickle and storages. */
export function zip(
  data: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = {},
  { level = 0, more = {} }: { readonly level?: 0 | 9; readonly more?: Zippable } = {},
): Uint8Array {
  const files: Zippable = { 'archive/data.pkl': [data, { level }] };
  for (const [key, bytes] of Object.entries(storages)) files[`archive/data/${key}`] = [bytes, { level }];
  return zipSync({ ...files, ...more });
}

/** A pickled float tensor, a view of storage '0' with `length` values. */
export function tensor(
  length: number,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): readonly Part[] {
  const tuple = (values: readonly number[]): readonly Part[] => ['(', ...values.flatMap((value) => int(value)), 't'];
  return [
    global('torch._utils', '_rebuild_tensor_v2'),
    '((',
    text('storage'),
    global('torch', 'FloatStorage'),
    text('0'),
    text('cpu'),
    int(length),
    'tQ',
    int(offset),
    ...tuple(shape),
    ...tuple(strides),
    0x89,
    global('collections', 'OrderedDict'),
    ')RtR',
  ];
}

/** The opcode LONG1 with eight bytes. */
export function int(value: number): readonly number[] {
  const bytes = new Uint8Array(new BigInt64Array([BigInt(value)]).buffer);
  return [0x8a, 8, ...bytes];
}
