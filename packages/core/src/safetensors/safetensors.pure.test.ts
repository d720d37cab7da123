import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataFormatError, InvalidArgumentError } from '../errors/errors.ts';
import { readSafetensors } from './safetensors-read.ts';
import { type SafetensorsSource, writeSafetensors } from './safetensors-write.ts';

/** A file built by hand, so that the reader is not only tested with our own writer. */
function file(header: unknown, data: ArrayLike<number> = [], headerLength?: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength ?? json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const DEEP = `${'['.repeat(5000)}${']'.repeat(5000)}`;
const f32 = (shape: number[], begin: number, end: number) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

describe('readSafetensors', () => {
  it('reads a file built by hand, and widens half precision', () => {
    const halves = [0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0x00, 0x7c]; // 1, -2, 2^-24, infinity
    const bfloats = [0x80, 0x3f, 0x49, 0xc0]; // 1, -3.140625
    const { tensors, metadata } = readSafetensors(
      file(
        {
          __metadata__: { format: 'pt' },
          half: { dtype: 'F16', shape: [4], data_offsets: [0, 8] },
          bfloat: { dtype: 'BF16', shape: [2, 1], data_offsets: [8, 12] },
          scalar: { dtype: 'F32', shape: [], data_offsets: [12, 16] },
          none: { dtype: 'I64', shape: [0, 3], data_offsets: [16, 16] },
          bytes: { dtype: 'U8', shape: [2], data_offsets: [16, 18] },
        },
        [...halves, ...bfloats, 0, 0, 0x20, 0x41, 7, 255],
      ),
    );
    expect(metadata).toEqual({ format: 'pt' });
    expect([...tensors.keys()]).toEqual(['half', 'bfloat', 'scalar', 'none', 'bytes']);
    expect(tensors.get('half')).toEqual({
      dtype: 'F16',
      shape: [4],
      data: Float32Array.of(1, -2, 2 ** -24, Number.POSITIVE_INFINITY),
    });
    expect(tensors.get('bfloat')?.data).toEqual(Float32Array.of(1, -3.140625));
    expect(tensors.get('scalar')).toEqual({ dtype: 'F32', shape: [], data: Float32Array.of(10) });
    expect(tensors.get('none')?.data).toEqual(new BigInt64Array(0));
    expect(tensors.get('bytes')?.data).toEqual(Uint8Array.of(7, 255));
  });

  it.each([
    ['a Uint8Array', (size: number) => new Uint8Array(size)],
    ['a Node Buffer', (size: number) => Buffer.alloc(size)],
  ])('copies from any offset in %s', (_name, allocate) => {
    const bytes = writeSafetensors(new Map([['w', { shape: [2], data: Float32Array.of(1.5, -2) }]]));
    const shifted = allocate(bytes.length + 3);
    shifted.set(bytes, 3);
    const { tensors } = readSafetensors(shifted.subarray(3));
    shifted.fill(0);
    expect(tensors.get('w')?.data).toEqual(Float32Array.of(1.5, -2));
  });

  it.each<[string, Uint8Array, string]>([
    ['an empty file', new Uint8Array(0), 'starts with an 8-byte header length; got 0 bytes'],
    ['a huge header', file({}, [], 1e12), 'header length must be at most 100000000 bytes, got 1000000000000'],
    ['a header past the end', file({}, [], 50), 'got a header of 50 bytes with 2 left. The file is truncated'],
    ['a foreign file', new TextEncoder().encode('PK\u0003\u0004 not one of ours'), 'header length must be at most'],
    ['a header that is not JSON', file('{"w":'), 'the header must be JSON'],
    ['deeply nested lists as the header', file(DEEP), 'the header must be JSON nested at most 8 deep'],
    [
      'a deeply nested shape',
      file(`{"w":{"dtype":"F32","shape":${DEEP},"data_offsets":[0,4]}}`),
      'nested at most 8 deep',
    ],
    ['a repeated tensor name', file('{"w":1,"w":2}'), "an object names 'w' twice"],
    ['a million values', file(`[${'0,'.repeat(2 ** 20)}0]`), 'at most 1048576 values'],
    [
      'a name with terminal control characters',
      file({ '\u001b[2J': { dtype: 'X' } }),
      "tensor '\\u{1b}[2J': dtype must be one of",
    ],
    ['a header that is not an object', file([1]), 'the header must be a JSON object, got [1]'],
    ['metadata that are not an object', file({ __metadata__: 3 }), '__metadata__ must be an object of strings, got 3'],
    ['metadata that are not strings', file({ __metadata__: { a: 3 } }), "__metadata__ 'a' must be a string, got 3"],
    ['an invalid entry', file({ w: 1 }), "tensor 'w': must be described by { dtype, shape, data_offsets }, got 1"],
    [
      'an unknown dtype',
      file({ w: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }, [0]),
      "tensor 'w': dtype must be one of F64, F32, F16, BF16, I64, I32, U8, got 'F8_E4M3'",
    ],
    [
      'a dtype that is a property of every object',
      file({ w: { dtype: 'toString', shape: [1], data_offsets: [0, 1] } }, [0]),
      'dtype must be one of',
    ],
    ['a negative length', file({ w: f32([-1], 0, 4) }, [0, 0, 0, 0]), "tensor 'w': shape must list integers >= 0"],
    ['reversed offsets', file({ w: f32([1], 4, 0) }, [0, 0, 0, 0]), 'data_offsets must be [begin, end]'],
    ['a size that overflows', file({ w: f32([2 ** 40, 2 ** 40], 0, 4) }, [0, 0, 0, 0]), 'takes'],
    [
      'a shape that does not fill its bytes',
      file({ w: f32([2], 0, 4) }, [0, 0, 0, 0]),
      "tensor 'w': F32 [2] takes 8 bytes, but data_offsets [0, 4] hold 4",
    ],
    ['a truncated file', file({ w: f32([2], 0, 8) }, [0, 0, 0, 0]), "tensor 'w': data_offsets [0, 8] reach past the 4"],
    [
      'an overlap',
      file({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, new Uint8Array(8)),
      "tensor 'b': data_offsets [4, 8] overlap those of tensor 'a', which end at 8",
    ],
    ['a hole', file({ a: f32([1], 4, 8) }, new Uint8Array(8)), "tensor 'a': data_offsets [4, 8] leave a hole after"],
    ['extra bytes', file({ a: f32([1], 0, 4) }, new Uint8Array(6)), "2 bytes follow tensor 'a'"],
  ])('refuses %s, naming the file', (_title, bytes, message) => {
    expect(() => readSafetensors(bytes, 'weights.safetensors')).toThrow(DataFormatError);
    expect(() => readSafetensors(bytes, 'weights.safetensors')).toThrow(
      '[@st/core] readSafetensors: weights.safetensors: ',
    );
    expect(() => readSafetensors(bytes, 'weights.safetensors')).toThrow(message);
  });

  it('gives a DataFormatError or other values for any change of a good file, never another error', () => {
    const good = writeSafetensors(
      new Map<string, SafetensorsSource>([
        ['a', { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
        ['b', { shape: [], data: BigInt64Array.of(5n) }],
      ]),
      { k: 'v' },
    );
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, value, length) => {
        const bad = good.slice(0, length);
        if (at < length) bad[at] = value;
        try {
          readSafetensors(bad);
        } catch (error) {
          expect(error).toBeInstanceOf(DataFormatError);
        }
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

describe('writeSafetensors', () => {
  it('preserves every type bit for bit', () => {
    const tensors = new Map<string, SafetensorsSource>([
      ['bytes', { shape: [3], data: Uint8Array.of(1, 2, 255) }],
      ['weights/kernel', { shape: [1, 2], data: Float32Array.of(0.1, Number.NaN) }],
      ['ints', { shape: [2], data: Int32Array.of(-1, 2 ** 31 - 1) }],
      ['longs', { shape: [], data: BigInt64Array.of(-(2n ** 63n)) }],
      ['doubles', { shape: [1], data: Float64Array.of(Math.PI) }],
      ['__proto__', { shape: [0], data: new Float32Array(0) }],
    ]);
    const read = readSafetensors(writeSafetensors(tensors, { epoch: '3', note: 'ünï' }));
    expect(read.metadata).toEqual({ epoch: '3', note: 'ünï' });
    expect(read.tensors.size).toBe(tensors.size);
    for (const [name, { shape, data }] of tensors) {
      expect(read.tensors.get(name)?.shape).toEqual(shape);
      expect(read.tensors.get(name)?.data).toEqual(data);
    }
  });

  it('writes each tensor at a multiple of its element size', () => {
    const bytes = writeSafetensors(
      new Map<string, SafetensorsSource>([
        ['u', { shape: [3], data: new Uint8Array(3) }],
        ['d', { shape: [1], data: Float64Array.of(1) }],
      ]),
    );
    const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect((8 + headerLength) % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
    expect(header.d.data_offsets).toEqual([0, 8]);
    expect(header.u.data_offsets).toEqual([8, 11]);
  });

  it('writes only the viewed part of a larger buffer', () => {
    const part = Float32Array.of(1, 2, 3).subarray(1, 2);
    expect(
      readSafetensors(writeSafetensors(new Map([['w', { shape: [1], data: part }]]))).tensors.get('w')?.data,
    ).toEqual(Float32Array.of(2));
  });

  it('refuses values that do not fill their shape, and the reserved name', () => {
    const data = Float32Array.of(1);
    expect(() => writeSafetensors(new Map([['w', { shape: [2], data }]]))).toThrow(InvalidArgumentError);
    expect(() => writeSafetensors(new Map([['w', { shape: [2], data }]]))).toThrow(
      "[@st/core] writeSafetensors: tensor 'w': shape [2] takes 2 values, got 1.",
    );
    expect(() => writeSafetensors(new Map([['__metadata__', { shape: [1], data }]]))).toThrow(
      "a tensor must not be named '__metadata__'",
    );
  });
});

it.each([
  undefined,
  null,
  5,
  'net.safetensors',
  Promise.resolve(),
  new ArrayBuffer(8),
  {},
  [],
  new Map([[1, 2]]),
  new Map([['a', null]]),
  new Map([['a', { shape: [1], data: [1] }]]),
])('refuses invalid arguments: %o', (hostile) => {
  expect(() => readSafetensors(hostile as never)).toThrow(InvalidArgumentError);
  expect(() => writeSafetensors(hostile as never)).toThrow(InvalidArgumentError);
});
