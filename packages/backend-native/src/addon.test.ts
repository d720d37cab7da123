import { describe, expect, it } from 'vitest';
import {
  type Addon,
  BINARY,
  COMPARISON,
  CONVOLUTION_ALGORITHM,
  CONVOLUTION_PASS,
  LOGICAL,
  REDUCTION,
  UNARY,
} from './addon.ts';
import { loadedAddon } from './native-available.ts';

const { addon } = loadedAddon() as { addon: Addon };
const floats = (length: number) => new Float32Array(length);
const ints = (...values: number[]) => Int32Array.of(...values);
const CONV = [1, 4, 4, 3, 4, 4, 5, 3, 3, 1, 1, 1, 1, 1, 1];
/** Scale, shift, mask, residual, ReLU. */
const NO_POST_OPS = [undefined, undefined, undefined, undefined] as const;
const POOL = [1, 4, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 0, 0];

/** Calls a function with arguments of any type: JavaScript does not check them. */
const call = (name: keyof Addon, ...args: unknown[]) => (addon[name] as (...args: unknown[]) => unknown)(...args);

describe('the native module', () => {
  it.each([
    ['no arguments', 'unary', [], 'argument 0 (op) must be a number'],
    [
      'an unknown operation',
      'unary',
      [99, 4, 0, 0, floats(4), floats(4)],
      'argument 0 (op) must be an integer in [0, 23], got 99',
    ],
    [
      'an operation between two',
      'unary',
      [0.5, 4, 0, 0, floats(4), floats(4)],
      'must be an integer in [0, 23], got 0.5',
    ],
    [
      'a count past the array',
      'unary',
      [0, 5, 0, 0, floats(4), floats(4)],
      'argument 4 (x) must have at least 5 elements, got 4',
    ],
    [
      'an output that is too short',
      'unary',
      [0, 4, 0, 0, floats(4), floats(3)],
      'argument 5 (y) must have at least 4 elements, got 3',
    ],
    ['a negative count', 'unary', [0, -1, 0, 0, floats(4), floats(4)], 'argument 1 (count) must be an integer'],
    [
      'a count that is no number',
      'unary',
      [0, NaN, 0, 0, floats(4), floats(4)],
      'argument 1 (count) must be an integer',
    ],
    [
      'another element type',
      'unary',
      [0, 2, 0, 0, ints(1, 2), floats(2)],
      'argument 4 (x) has the wrong element type: Int32Array',
    ],
    ['a plain array', 'unary', [0, 2, 0, 0, [1, 2], floats(2)], 'argument 4 (x) must be a typed array'],
    [
      'a layout of another length',
      'binary',
      [0, ints(2, 3, 1, 1), floats(3), floats(3), floats(3)],
      'layout must hold the rank',
    ],
    [
      'a rank of 9',
      'binary',
      [0, ints(9, ...new Array(27).fill(1)), floats(3), floats(3), floats(3)],
      'must hold the rank (1 to 8)',
    ],
    [
      'a negative size',
      'binary',
      [0, ints(1, -3, 1, 1), floats(3), floats(3), floats(3)],
      'layout must not be negative',
    ],
    [
      'an inner stride of 2',
      'binary',
      [0, ints(1, 2, 2, 1), floats(4), floats(3), floats(3)],
      'the innermost strides must be 0 or 1',
    ],
    [
      'strides past the array',
      'binary',
      [0, ints(2, 4, 2, 2, 1, 9, 1), floats(8), floats(8), floats(8)],
      'argument 3 (b) must have at least 29 elements, got 8',
    ],
    [
      'strides past the booleans',
      'logical',
      [0, ints(1, 9, 1, 1), new Uint8Array(9), new Uint8Array(8), new Uint8Array(9)],
      'argument 3 (b) must have at least 9',
    ],
    [
      'a comparison into floats',
      'compare',
      [0, ints(1, 4, 1, 1), floats(4), floats(4), floats(4)],
      'argument 4 (y) has the wrong element type: Float32Array',
    ],
    [
      'a reduction past the array',
      'reduce',
      [0, 2, 3, 4, 1, floats(23), floats(8)],
      'argument 5 (x) must have at least 24 elements, got 23',
    ],
    [
      'a shape of too many elements',
      'reduce',
      [0, 2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1, 1, floats(1), floats(1)],
      'the shape has too many elements',
    ],
    [
      'rows of no elements',
      'argExtreme',
      [1, 2, 0, floats(4), ints(0, 0)],
      'argument 2 (length) must be an integer in [1',
    ],
    [
      'rows past the array',
      'softmax',
      [0, 3, 4, floats(11), floats(12)],
      'argument 3 (x) must have at least 12 elements, got 11',
    ],
    [
      'a copy before the array',
      'stridedCopy',
      [ints(1, 1, 0, 3, -1, 1), 4, floats(4), floats(4)],
      'the copy begins before its array',
    ],
    [
      'a copy past the array',
      'stridedCopy',
      [ints(1, 2, 0, 3, 1, 1), 4, floats(4), floats(4)],
      'argument 2 (from) must have at least 5 elements, got 4',
    ],
    [
      'a copy past the target',
      'stridedCopy',
      [ints(1, 0, 2, 3, 1, 1), 4, floats(4), floats(4)],
      'argument 3 (to) must have at least 5 elements, got 4',
    ],
    [
      'a copy that writes one place twice',
      'stridedCopy',
      [ints(1, 0, 0, 3, 1, 0), 4, floats(4), floats(4)],
      'strides of the target must be positive',
    ],
    [
      'elements of 3 bytes',
      'stridedCopy',
      [ints(1, 0, 0, 3, 1, 1), 3, floats(4), floats(4)],
      'elementSize must be 1, 4 or 8',
    ],
    [
      'elements of another size',
      'stridedCopy',
      [ints(1, 0, 0, 3, 1, 1), 1, floats(4), floats(4)],
      'argument 2 (from) has the wrong element type',
    ],
    ['an index outside', 'gather', [1, 3, 1, 4, ints(0, 3), floats(3), floats(2)], 'an index lies outside the axis'],
    ['a negative index', 'gather', [1, 3, 1, 4, ints(0, -1), floats(3), floats(2)], 'an index lies outside the axis'],
    [
      'a window of no pixels',
      'pool',
      [0, ints(...POOL.with(6, 0)), floats(48), floats(12)],
      'sizes must be in [1, 2^28]',
    ],
    [
      'images past the array',
      'pool',
      [0, ints(...POOL), floats(47), floats(12)],
      'argument 2 (x) must have at least 48 elements, got 47',
    ],
    [
      'a pool shape of 3 sizes',
      'maximumPoolGradient',
      [ints(1, 2, 3), floats(1), floats(1), floats(1)],
      'argument 0 (shape) must have 14 elements, got 3',
    ],
    [
      'a gradient past its array',
      'averagePoolGradient',
      [ints(...POOL), floats(11), floats(48)],
      'argument 1 (dy) must have at least 12',
    ],
    [
      'no rows',
      'batchNorm',
      [0, 3, 1e-5, 0, floats(0), undefined, floats(3), floats(3), floats(0), floats(3), floats(3)],
      'argument 0 (rows) must be an integer in [1',
    ],
    [
      'a gamma that is too short',
      'batchNorm',
      [2, 3, 1e-5, 0, floats(6), undefined, floats(2), floats(3), floats(6), floats(3), floats(3)],
      'argument 6 (gamma) must have at least 3',
    ],
    [
      'coefficients that are too short',
      'batchNormInputGradient',
      [2, 3, 0, floats(6), floats(6), undefined, undefined, floats(14), floats(6), undefined],
      'argument 7 (coefficients) must have at least 15 elements, got 14',
    ],
    [
      "a sum beside a residual's gradient",
      'batchNormInputGradient',
      [2, 3, 0, floats(6), floats(6), undefined, floats(6), floats(15), floats(6), floats(6)],
      'sum and dresidual exclude each other',
    ],
    [
      'a mask that is too short',
      'convInputGradient',
      [2, 0, ints(...CONV), floats(80), floats(9999), undefined, undefined, floats(47), undefined, floats(48)],
      'argument 7 (mask) must have at least 48 elements, got 47',
    ],
    [
      'an unknown algorithm',
      'convForward',
      [3, 0, ints(...CONV), floats(48), floats(999), ...NO_POST_OPS, floats(80)],
      'argument 0 (algorithm) must be an integer in [0, 2], got 3',
    ],
    [
      'a stride of 0',
      'convForward',
      [0, 0, ints(...CONV.with(9, 0)), floats(48), floats(999), ...NO_POST_OPS, floats(80)],
      'sizes must be in [1, 2^28]',
    ],
    [
      'a negative pad',
      'convForward',
      [0, 0, ints(...CONV.with(13, -1)), floats(48), floats(999), ...NO_POST_OPS, floats(80)],
      'pads must be in [0, 2^28]',
    ],
    [
      'windows that reach past an int',
      'convForward',
      [0, 0, ints(...CONV.with(9, 2 ** 28)), floats(48), floats(999), ...NO_POST_OPS, floats(80)],
      'the windows reach too far',
    ],
    [
      'a packed filter that is too short',
      'convForward',
      [2, 0, ints(...CONV), floats(48), floats(4), ...NO_POST_OPS, floats(80)],
      'argument 4 (packed) must have at least',
    ],
    [
      'a filter that is too short',
      'convPackFilter',
      [0, 2, ints(...CONV), floats(134), floats(9999)],
      'argument 3 (filter) must have at least 135 elements, got 134',
    ],
    [
      'a shift that is too short',
      'convForward',
      [2, 0, ints(...CONV), floats(48), floats(9999), undefined, floats(4), undefined, undefined, floats(80)],
      'argument 6 (shift) must have at least 5',
    ],
    [
      'an input gradient past its array',
      'convInputGradient',
      [2, 0, ints(...CONV), floats(79), floats(9999), ...NO_POST_OPS, floats(48)],
      'argument 3 (dy) must have at least 80',
    ],
    [
      'a filter gradient past its array',
      'convFilterGradient',
      [2, ints(...CONV), floats(48), floats(80), floats(134)],
      'argument 4 (dfilter) must have at least 135',
    ],
    [
      'channels that are no multiple',
      'depthwiseForward',
      [0, ints(...CONV), floats(48), floats(999), undefined, floats(80)],
      'outChannels must be a multiple of inChannels',
    ],
    [
      'a product of no rows',
      'matmul',
      [0, ints(1, 0, 1, 1, 0, 0, 0, 0), floats(1), floats(1), undefined, floats(1)],
      'batch, rows and columns must be at least 1',
    ],
    [
      'matrices past the array',
      'matmul',
      [0, ints(2, 3, 4, 5, 15, 0, 0, 0), floats(29), floats(20), undefined, floats(24)],
      'argument 2 (a) must have at least 30 elements, got 29',
    ],
    [
      'a velocity that is too short',
      'sgdUpdate',
      [4, 0.1, 0.9, 0, 0, floats(4), floats(3), floats(4), floats(4), floats(4)],
      'argument 6 (velocity) must have at least 4',
    ],
    [
      'a gradient that is too short',
      'linfStep',
      [4, 0.1, 0.9, 0, 1, floats(4), floats(3), floats(4), floats(4)],
      'argument 6 (gradient) must have at least 4',
    ],
    ['a block of no bytes', 'allocate', [0], 'argument 0 (bytes) must be an integer in [1'],
    ['what is no buffer', 'discard', [floats(1)], 'argument 0 (buffer) must be an ArrayBuffer'],
    ['65 threads', 'setThreads', [65], 'argument 0 (count) must be an integer in [0, 64], got 65'],
  ] as const)('rejects %s (%s)', (_, name, args, message) => {
    const attempt = () => call(name, ...args);
    expect(attempt).toThrow(RangeError);
    expect(attempt).toThrow(`[@st/backend-native] ${name}: `);
    expect(attempt).toThrow(message);
  });

  it('has the operations of the tables, in their order', () => {
    const last = (table: Readonly<Record<string, number>>) => Object.keys(table).length - 1;
    for (const table of [UNARY, BINARY, COMPARISON, LOGICAL, REDUCTION, CONVOLUTION_ALGORITHM, CONVOLUTION_PASS]) {
      expect(Object.values(table)).toEqual(Array.from({ length: last(table) + 1 }, (_, i) => i));
    }
    expect(() => call('unary', last(UNARY) + 1, 1, 0, 0, floats(1), floats(1))).toThrow(`[0, ${last(UNARY)}]`);
    expect(() => call('binary', last(BINARY) + 1, ints(1, 1, 1, 1), floats(1), floats(1), floats(1))).toThrow(
      `[0, ${last(BINARY)}]`,
    );
    expect(() => call('reduce', last(REDUCTION) + 1, 1, 1, 1, 1, floats(1), floats(1))).toThrow(
      `[0, ${last(REDUCTION)}]`,
    );
  });
});
