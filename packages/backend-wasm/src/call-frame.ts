import type { ModuleExports } from './module-exports.ts';
import { shortage } from './shortage.ts';

/** Kinds of arguments, as in native/wasm/wasm-host.cc. */
const MISSING = 0;
const NUMBER = 1;
const OTHER = 2;
const ARRAY = 3;
const COPY = 4;

/** Kinds of results, as in native/border/host.h. */
const RESULT = { nothing: 0, number: 1, truth: 2, text: 3, pair: 4 } as const;

/** Kinds of errors, as in native/wasm/wasm-host.cc. */
const ERROR = { none: 0, range: 1, shortage: 2 } as const;

/** Element types, in the order of native/border/host.h. */
const ELEMENT_TYPES: readonly string[] = [
  ...['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array'],
  ...['Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'],
];
const UINT8 = 1;
const INT32 = 5;
const FLOAT32 = 7;
const UNKNOWN = 11;

/** Most arguments of a call. */
const MOST_ARGUMENTS = 16;
/** An argument: a double, then kind, element type, elements, address as 32-bit integers. */
const ARGUMENT_BYTES = 24;
const COPY_BYTES = 256;

/** Byte offsets in the frame. */
const AT = {
  number: MOST_ARGUMENTS * ARGUMENT_BYTES,
  second: MOST_ARGUMENTS * ARGUMENT_BYTES + 8,
  resultKind: MOST_ARGUMENTS * ARGUMENT_BYTES + 16,
  text: MOST_ARGUMENTS * ARGUMENT_BYTES + 20,
  errorKind: MOST_ARGUMENTS * ARGUMENT_BYTES + 24,
  errorCode: MOST_ARGUMENTS * ARGUMENT_BYTES + 28,
  errorMessage: MOST_ARGUMENTS * ARGUMENT_BYTES + 92,
  copies: MOST_ARGUMENTS * ARGUMENT_BYTES + 496,
  end: MOST_ARGUMENTS * ARGUMENT_BYTES + 496 + MOST_ARGUMENTS * COPY_BYTES,
} as const;

type TypedArray = ArrayBufferView & { readonly length: number };

type CallFrameOptions = {
  readonly exports: ModuleExports;
  readonly memory: WebAssembly.Memory;
  /** The size in bytes to which the memory may grow. */
  readonly mostBytes: number;
  isInMemory(array: ArrayBufferView): boolean;
};

/** Calls the functions of a module: arguments, results and errors pass through a frame in linear memory. */
export class CallFrame {
  readonly #exports: ModuleExports;
  readonly #memory: WebAssembly.Memory;
  readonly #mostBytes: number;
  readonly #isInMemory: (array: ArrayBufferView) => boolean;
  readonly #address: number;
  readonly #names: readonly string[];
  readonly #doubles: Float64Array;
  readonly #integers: Int32Array;
  readonly #bytes: Uint8Array;

  constructor({ exports, memory, mostBytes, isInMemory }: CallFrameOptions) {
    this.#exports = exports;
    this.#memory = memory;
    this.#mostBytes = mostBytes;
    this.#isInMemory = isInMemory;
    this.#address = exports.frame();
    this.#doubles = new Float64Array(memory.buffer, this.#address, AT.second / 8 + 1);
    this.#integers = new Int32Array(memory.buffer, this.#address, AT.errorCode / 4);
    this.#bytes = new Uint8Array(memory.buffer, this.#address, AT.end);
    this.#names = this.#readNames();
  }

  /** The names of the module's functions, in the order of their numbers. */
  get names(): readonly string[] {
    return this.#names;
  }

  #readNames(): string[] {
    return Array.from({ length: this.#exports.entryCount() }, (_, i) => this.#text(this.#exports.entryName(i)));
  }

  /** Calls function number `index`. @throws what the module reports: a RangeError, or out of memory. */
  call(index: number, args: readonly unknown[]): unknown {
    const count = Math.min(args.length, MOST_ARGUMENTS);
    for (let i = 0; i < count; i++) this.#write(index, i, args[i]);
    this.#exports.call(index, count);
    if (this.#integers[AT.errorKind / 4] !== ERROR.none) throw this.#error();
    return this.#result();
  }

  #write(index: number, i: number, value: unknown): void {
    const at = (i * ARGUMENT_BYTES) / 4 + 2;
    if (typeof value === 'number') {
      this.#integers[at] = NUMBER;
      this.#doubles[(i * ARGUMENT_BYTES) / 8] = value;
    } else if (value === undefined || value === null) this.#integers[at] = MISSING;
    else if (ArrayBuffer.isView(value) && !(value instanceof DataView))
      this.#writeArray(index, i, at, value as TypedArray);
    else this.#integers[at] = OTHER;
  }

  #writeArray(index: number, i: number, at: number, array: TypedArray): void {
    const isInMemory = this.#isInMemory(array);
    const { byteLength } = array;
    if (!isInMemory && byteLength > COPY_BYTES) {
      throw new RangeError(
        `[@st/backend-wasm] ${this.#names[index]}: argument ${i} must lie in the module's memory, got an array of ${byteLength} bytes elsewhere.`,
      );
    }
    this.#integers[at] = isInMemory ? ARRAY : COPY;
    this.#integers[at + 1] = elementType(array);
    this.#integers[at + 2] = array.length;
    const copyAt = AT.copies + i * COPY_BYTES;
    this.#integers[at + 3] = isInMemory ? array.byteOffset : this.#address + copyAt;
    if (!isInMemory) this.#bytes.set(new Uint8Array(array.buffer, array.byteOffset, byteLength), copyAt);
  }

  #result(): unknown {
    const number = this.#doubles[AT.number / 8] as number;
    switch (this.#integers[AT.resultKind / 4]) {
      case RESULT.number:
        return number;
      case RESULT.truth:
        return number !== 0;
      case RESULT.text:
        return this.#text((this.#integers[AT.text / 4] as number) >>> 0);
      case RESULT.pair:
        return [number, this.#doubles[AT.second / 8] as number];
      default:
        return undefined;
    }
  }

  #error(): Error {
    const message = this.#text(this.#address + AT.errorMessage).replace('@st/backend-native', '@st/backend-wasm');
    if (this.#integers[AT.errorKind / 4] === ERROR.shortage) return shortage(message, this.#mostBytes);
    return Object.assign(new RangeError(message), { code: this.#text(this.#address + AT.errorCode) });
  }

  /** A text in ASCII that ends with 0. */
  #text(address: number): string {
    const bytes = new Uint8Array(this.#memory.buffer);
    let text = '';
    for (let i = address; bytes[i] !== 0; i++) text += String.fromCharCode(bytes[i] as number);
    return text;
  }
}

function elementType(array: ArrayBufferView): number {
  if (array instanceof Float32Array) return FLOAT32;
  if (array instanceof Int32Array) return INT32;
  if (array instanceof Uint8Array) return UINT8;
  const type = ELEMENT_TYPES.indexOf(array.constructor.name);
  return type < 0 ? UNKNOWN : type;
}
