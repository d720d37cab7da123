import { DataFormatError } from '@st/core';
import { describe, expect, it } from 'vitest';

import { findStateDict } from './find-state-dict.ts';
import { isPytorchTensor, type PytorchDict, type PytorchValue } from './pytorch-value.ts';
import { readPytorch } from './read-pytorch.ts';
import { fixture, global, int, type Part, pickle, tensor, text, zip } from './test-files.fixture.ts';

const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

function dict(value: PytorchValue | undefined): PytorchDict {
  if (value instanceof Map) return value;
  throw new Error('no dict');
}

/** Dtypes, shapes and values of the tensors of a dict. */
function tensorsOf(value: PytorchValue | undefined): Record<string, unknown> {
  return Object.fromEntries(
    [...dict(value)].map(([name, item]) => {
      if (!isPytorchTensor(item)) throw new Error(`${name} is not a tensor`);
      return [name, [item.dtype, item.shape, item.read()]];
    }),
  );
}

describe.each([
  ['kinds-zip.pt', 'pytorch-zip'],
  ['kinds-protocol4.pt', 'pytorch-zip'],
  ['kinds-legacy.pt', 'pytorch-legacy'],
] as const)('readPytorch on %s', (file, format) => {
  const read = readPytorch(fixture(file), { name: file });
  const root = dict(read.value);

  it('reads tensors of every dtype, and views with strides and offsets', () => {
    expect(read.format).toBe(format);
    const six = [0, 1, 2, 3, 4, 5];
    expect(tensorsOf(root.get('state_dict'))).toEqual({
      'types.float32': ['F32', [2, 3], Float32Array.from(six)],
      'types.float64': ['F64', [2, 3], Float64Array.from(six)],
      'types.float16': ['F16', [2, 3], Float32Array.from(six)],
      'types.bfloat16': ['BF16', [2, 3], Float32Array.from(six)],
      'types.int64': ['I64', [2, 3], BigInt64Array.from(six, BigInt)],
      'types.int32': ['I32', [2, 3], Int32Array.from(six)],
      'types.int16': ['I16', [2, 3], Int16Array.from(six)],
      'types.int8': ['I8', [2, 3], Int8Array.from(six)],
      'types.uint8': ['U8', [2, 3], Uint8Array.from(six)],
      'types.bool': ['BOOL', [3], Uint8Array.of(1, 0, 1)],
      'views.transposed': ['F32', [4, 3], Float32Array.of(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11)],
      'views.offset': ['F16', [4], Float32Array.of(5, 6, 7, 8)],
      'views.every_other': ['I64', [2, 2, 2], BigInt64Array.of(4n, 6n, 8n, 10n, 16n, 18n, 20n, 22n)],
      'views.expanded': ['F32', [2, 3], Float32Array.of(7, 7, 7, 8, 8, 8)],
      'views.shared_a': ['F32', [2, 3], Float32Array.from(six)],
      'views.shared_b': ['F32', [6], Float32Array.of(4, 5, 6, 7, 8, 9)],
      'sizes.scalar': ['I64', [], BigInt64Array.of(5n)],
      'sizes.empty': ['F32', [0, 3], new Float32Array(0)],
      'parameter.weight': ['F32', [2], Float32Array.of(1.5, -2.5)],
    });
  });

  it('reads the other values of checkpoints', () => {
    expect(root.get('epoch')).toBe(3);
    expect(Object.fromEntries(dict(root.get('numpy')))).toEqual({ f8: 0.25, f4: 0.5, i8: -7, b1: true });
    expect(root.get('numbers')).toEqual([
      ...[0, 255, 65535, -5, 2 ** 31, -(2 ** 40), 2n ** 70n, 0.125, true, false, null],
    ]);
    expect(root.get('nested')).toEqual([[1], [1, 2], [1, 2, 3], [1, 2, 3, 4], [], new Map(), new Map([['a', []]])]);
    expect(root.get('text')).toBe('naïve');
    expect(root.get('bytes')).toEqual(Uint8Array.of(0, 255));
    expect(root.get('set')).toEqual([1]);
    expect(root.get('size')).toEqual([1, 2]);
    expect(root.get('dtype')).toBe('torch.float16');
    expect(root.get('device')).toBe('cuda:1');
    expect(root.get('milestones')).toEqual(
      new Map([
        [50, 1],
        [75, 2],
      ]),
    );
    expect(root.get('default')).toEqual(new Map([['a', 1]]));
  });

  it('finds the weights, not the optimizer state', () => {
    const { tensors, path, others } = findStateDict('test', read.value);
    expect(path).toEqual(['state_dict']);
    expect(others).toEqual([]);
    expect(tensors.size).toBe(19);
    expect(tensors.get('views.offset')).toEqual({ dtype: 'F16', shape: [4], data: Float32Array.of(5, 6, 7, 8) });
  });

  it('rejects the file truncated at every seventh byte, with its name', () => {
    const whole = fixture(file);
    for (let length = 0; length < whole.length; length += 7) {
      const cut = whole.slice(0, length);
      expect(() => readPytorch(cut, { name: 'cut.pt' })).toThrow(DataFormatError);
      expect(() => readPytorch(cut, { name: 'cut.pt' })).toThrow('[@st/models] readPytorch: cut.pt');
    }
  });
});

describe('readPytorch rejects', () => {
  it.each<[string, string]>([
    [global('posix', 'system'), 'posix.system'],
    [global('os', 'system'), 'os.system'],
    [global('builtins', 'eval'), 'builtins.eval'],
    [global('builtins', 'getattr'), 'builtins.getattr'],
    [global('torch', 'load'), 'torch.load'],
    [global('torch.storage', '_load_from_bytes'), 'torch.storage._load_from_bytes'],
    [global('__builtin__', 'object'), '__builtin__.object'],
    [global('models.resnet', 'ResNet'), 'models.resnet.ResNet'],
    [global('collections', 'OrderedDict.clear'), 'collections.OrderedDict.clear'],
    [global('constructor', 'constructor'), 'constructor.constructor'],
    ['(iposix\nsystem\n', 'posix.system'],
    [`${String.fromCharCode(...text('posix'), ...text('system'))}\x93`, 'posix.system'],
  ])('a call of the pickled name %j', (code, name) => {
    expect(() => readPytorch(zip(pickle(code, ')R')), { name: 'bad.pt' })).toThrow(
      `[@st/models] readPytorch: bad.pt: 'archive/data.pkl': must hold only tensors and plain values, but names '${name}'. Nothing was run.`,
    );
  });

  it.each<[string, readonly Part[], string]>([
    ['a list in itself', [']q', 0, 'h', 0, 'a'], 'a list or dict must not contain itself, but does.'],
    ['a dict in itself', ['}q', 0, text('a'), 'h', 0, 's'], 'a list or dict must not contain itself, but does.'],
    ['lists nested too deep', ['('.repeat(70), 't'.repeat(70)], 'values must be nested at most 64 deep.'],
    ['an unknown opcode', [0xff], 'byte 2 must be a pickle opcode that PyTorch writes, got 0xff.'],
    ['a text opcode of protocol 0', ['I1\n'], 'got 0x49.'],
    ['a newer protocol', [0x80, 6], 'the pickle protocol must be at most 5, got 6 before byte 4.'],
    ['no value', [], 'the pickle must end with one value, got 0 at byte 3.'],
    ['two values', ['NN'], 'the pickle must end with one value, got 2'],
    ['an open mark', ['(N'], 'the pickle must end with one value'],
    ['a missing mark', ['Nt'], 'a mark is missing before byte 4.'],
    ['a pop below the mark', ['N(0'], 'a value is missing before byte 5.'],
    ['too few values', ['N', 0x86], 'one of 2 values is missing before byte 4.'],
    ['a missing memo entry', ['h', 7], 'memo entry 7 is missing before byte 4.'],
    ['a value appended to a number', ['K', 1, 'Na'], 'values must be appended to a list, but are not'],
    ['an item set on a list', [']NNs'], 'items must be pairs for a dict, but are not'],
    ['a key without a value', ['}(Nu'], 'items must be pairs for a dict, but are not'],
    ['a list as key', ['}]Ns'], "a dict's key must be text, a number or None, got a list."],
    [
      'a call of a number',
      ['K', 1, ')R'],
      'only functions with a list of arguments can be called, got a number with a list.',
    ],
    ['a call without an argument list', [global('torch', 'Size'), 'NR'], "got 'torch.Size' with None."],
    ['attributes of a list', [']}b'], 'a list must not have attributes, but has.'],
    ['an integer of 33 bytes', [0x8b, 33, 0, 0, 0], 'an integer must take at most 32 bytes, got 33'],
    ['a string that is not UTF-8', ['U', 1, 0xff], 'text before byte 5 must be UTF-8.'],
    ['a name without a line end', ['c', 'a'.repeat(300)], 'a line of at most 256 bytes must start at byte 3.'],
    ['a name that is not a string', ['NN', 0x93], 'a class must be named by strings'],
    ['a size above 2^53', [0x8e, ...Array(8).fill(0xff)], 'must be below 2^53, got 18446744073709551615.'],
    [
      'a string longer than the file',
      ['X', 0xff, 0xff, 0xff, 0x7f],
      "'archive/data.pkl': must hold 2147483647 more bytes at byte 7, but ends after 1.",
    ],
    [
      'a numpy type without a name',
      [global('numpy', 'dtype'), '(K', 1, 'tR'],
      'a numpy type must be named by a string, got a number.',
    ],
    [
      'a numpy scalar of the wrong size',
      [global('numpy.core.multiarray', 'scalar'), '(', global('numpy', 'dtype'), '(', text('f8'), 'tRC', 1, 0, 'tR'],
      'a numpy scalar must have a type and as many bytes as the type, got a numpy-dtype and bytes.',
    ],
    ['a device that is a number', [global('torch', 'device'), '(K', 1, 'tR'], 'got a number.'],
    ['a dict of values that are not pairs', [global('collections', 'OrderedDict'), '(](K', 1, 'tatR'], 'got a list.'],
    [
      'a string in another encoding',
      [global('_codecs', 'encode'), '(', text('a'), text('utf-16'), 'tR'],
      'got a string.',
    ],
  ])('%s', (_, parts, message) => {
    expect(() => readPytorch(zip(pickle(...parts)))).toThrow(DataFormatError);
    expect(() => readPytorch(zip(pickle(...parts)))).toThrow(message);
    expect(() => readPytorch(zip(pickle(...parts)))).toThrow('[@st/models] readPytorch: the file');
  });

  it.each<[string, readonly Part[], string]>([
    [
      'beyond its storage',
      tensor(4, [2, 3], [3, 1]),
      "a tensor [2, 3] with strides [3, 1] from 0 must lie within its storage '0' of 4 values.",
    ],
    [
      'beyond its storage by the offset',
      tensor(4, [4], [1], 1),
      'a tensor [4] with strides [1] from 1 must lie within',
    ],
    ['whose size overflows', tensor(4, [2 ** 52, 2], [2 ** 52, 1]), 'must lie within'],
    ['with a negative size', tensor(4, [-1], [1]), 'a shape of at most 64 axes and as many strides, all >= 0'],
    ['with too few strides', tensor(4, [2, 2], [1]), 'as many strides'],
    ['of 65 axes', tensor(4, Array(65).fill(1), Array(65).fill(1)), 'at most 64 axes'],
    [
      'that repeats a value a billion times',
      tensor(4, [1e9], [0]),
      'tensors must take at most 8 times the file’s'.replace('’', "'"),
    ],
    [
      'whose storage has another size',
      tensor(5, [5], [1]),
      "the 5 values of storage '0' take 20 bytes, but 'archive/data/0' has 16.",
    ],
    [
      'on a persistent id of a module',
      ['(', text('module'), 'NtQ'],
      'holds a whole model with its classes. Save model.state_dict() in PyTorch instead.',
    ],
    [
      'of an unsupported dtype',
      ['(', text('storage'), global('torch', 'ComplexFloatStorage'), text('0'), text('cpu'), int(4), 'tQ'],
      "values must be floats, integers or booleans, got a storage of 'torch.ComplexFloatStorage'.",
    ],
    ['on an invalid persistent id', ['NQ'], "a storage id must be ('storage', type, key, location, length), got None."],
    [
      'that is only a storage',
      ['(', text('storage'), global('torch', 'FloatStorage'), text('0'), text('cpu'), int(4), 'tQ'],
      "storage '0' must belong to a tensor, but does not.",
    ],
  ])('a tensor %s', (_, parts, message) => {
    expect(() => readPytorch(zip(pickle(...parts), { 0: floats(1, 2, 3, 4) }))).toThrow(DataFormatError);
    expect(() => readPytorch(zip(pickle(...parts), { 0: floats(1, 2, 3, 4) }))).toThrow(message);
  });

  it('later changes to the shape of a tensor: it keeps the shape that was checked', () => {
    const grown = pickle(
      ...['](', ...tensor(4, [2], [1]), 'tq', 0],
      ...['0', global('torch._utils', '_rebuild_tensor_v2'), '((', text('storage'), global('torch', 'FloatStorage')],
      ...[text('0'), text('cpu'), int(4), 'tQ', int(0), ']q', 1, int(2), 'a', ']', int(1), 'atR'],
      ...['h', 1, int(9), 'a0', 'a'],
    );
    const { value } = readPytorch(zip(grown, { 0: floats(1, 2, 3, 4) }));
    const [first] = Array.isArray(value) ? value : [];
    expect(isPytorchTensor(first) && first.shape).toEqual([2]);
  });
});

describe('readPytorch on objects of other classes', () => {
  const weights = [text('a.w'), ...tensor(4, [4], [1])];
  const read = (...parts: readonly Part[]) =>
    readPytorch(
      zip(pickle('}(', text('net'), '}(', ...weights, 'u', text('args'), ...parts, 'u'), { 0: floats(1, 2, 3, 4) }),
    ).value;
  const ndarray = [
    global('numpy.core.multiarray', '_reconstruct'),
    '(',
    global('numpy', 'ndarray'),
    'K',
    0,
    0x85,
    text('b'),
    'tR',
  ];
  const latin1 = [global('_codecs', 'encode'), '(', text('x'.repeat(100)), text('latin1'), 'tR'];

  it.each<[string, readonly Part[], string]>([
    [
      'argparse.Namespace',
      [global('argparse', 'Namespace'), ')\x81}(', text('lr'), 'K', 1, 'ub'],
      'argparse.Namespace',
    ],
    ['a dataclass', [global('__main__', 'Config'), ')\x81}', 'b'], '__main__.Config'],
    ['an object constructed with keyword arguments', [global('__main__', 'Config'), ')}\x92'], '__main__.Config'],
    [
      'an object of protocol 0 or 1',
      [global('copyreg', '_reconstructor'), '(', global('a', 'B'), global('builtins', 'object'), 'NtR}b'],
      'a.B',
    ],
    [
      'a numpy array',
      [...ndarray, '(K', 1, 'K', 4, 0x85, global('numpy', 'dtype'), '(', text('f4'), 'tR', 0x89, ...latin1, 'tb'],
      'numpy.ndarray',
    ],
    ['a numpy string type', [global('numpy', 'dtype'), '(', text('U9'), 'tR'], 'numpy.U9'],
    ['a path', [global('pathlib', 'PosixPath'), '(', text('/'), 'tR'], 'pathlib.PosixPath'],
    ['a subclass of list', [global('mine', 'List'), ')\x81(K', 1, 'e'], 'mine.List'],
    ['a function that is not called', [global('torchvision.models', 'resnet18')], 'torchvision.models.resnet18'],
  ])('replaces %s by a placeholder, and reads the weights', (_, parts, name) => {
    const value = read(...parts);
    expect(dict(value).get('args')).toEqual({ kind: 'unread', name });
    const { tensors, path, skipped } = findStateDict('test', value);
    expect(tensors.get('a.w')?.data).toEqual(Float32Array.of(1, 2, 3, 4));
    expect([path, skipped]).toEqual([['net'], [`args (${name})`]]);
  });

  it('reads the items of a subclass of dict', () => {
    const easyDict = [global('easydict', 'EasyDict'), ')\x81(', text('lr'), 'K', 1, 'u}b'];
    expect(dict(read(...easyDict)).get('args')).toEqual(new Map([['lr', 1]]));
  });

  it('reads a parameter with additional attributes', () => {
    const parts = [
      ...[global('torch._tensor', '_rebuild_from_type_v2'), '(', global('torch._utils', '_rebuild_tensor_v2')],
      ...[global('torch.nn.parameter', 'Parameter'), ...tensor(4, [2], [1]).slice(1, -1), ')Rt}tR'],
    ];
    const value = dict(read(...parts)).get('args');
    expect(value && isPytorchTensor(value) && value.read()).toEqual(Float32Array.of(1, 2));
  });

  it('names the class of a whole module, and numpy arrays in place of weights', () => {
    const module = readPytorch(zip(pickle(global('models.resnet', 'ResNet'), ')\x81}b'))).value;
    expect(() => findStateDict('test', module)).toThrow(
      "got an object of class 'models.resnet.ResNet', which was neither read nor run. Save model.state_dict() in PyTorch.",
    );
    const arrays = readPytorch(zip(pickle('}(', text('a.w'), ...ndarray, 'u'))).value;
    expect(() => findStateDict('test', arrays)).toThrow(
      "got a dict of 'a.w' (numpy.ndarray). Numpy arrays are not read: save {name: torch.from_numpy(array)}",
    );
  });

  it('skips values among the weights that are not tensors', () => {
    const flat = readPytorch(
      zip(pickle('}(', ...weights, text('epoch'), 'K', 3, text('note'), 'Nu'), { 0: floats(1, 2, 3, 4) }),
    ).value;
    expect(findStateDict('test', flat)).toMatchObject({ path: [], skipped: ['epoch (a number)', 'note (None)'] });
  });
});

describe('readPytorch limits', () => {
  it('the steps of a pickle, and the work of its calls', () => {
    expect(() => readPytorch(zip(pickle('0N'.repeat(600_000).slice(1))))).toThrow(
      'the pickle must take at most 1000000 steps, but takes more.',
    );
    const list = [']', '(', 'N'.repeat(20_000), 'eq', 0];
    const copies = [global('torch', 'Size'), 'q', 1, '0'];
    const copy = ['h', 1, 'h', 0, 0x85, 'R0'];
    expect(() => readPytorch(zip(pickle(...list, ...copies, ...Array(1000).fill(copy).flat())))).toThrow(
      '1000000 steps',
    );
  });

  it('the size of the pickle', () => {
    expect(() => readPytorch(zip(new Uint8Array(17 * 2 ** 20)))).toThrow(
      "'archive/data.pkl' must be at most 16777216 bytes, got 17825792.",
    );
  });

  it('the declared and the actual size of decompressed files', () => {
    const bomb = zip(pickle('N'), { 0: new Uint8Array(50_000_000) }, { level: 9 });
    expect(bomb.length).toBeLessThan(60_000);
    expect(() => readPytorch(bomb, { maxBytes: 1_000_000 })).toThrow(
      'the files in it must take at most 1000000 bytes, got 50000004',
    );
    const lying = zip(pickle(...tensor(4, [4], [1])), { 0: new Uint8Array(50_000_000) }, { level: 9 });
    setSize(lying, 'archive/data/0', 16);
    const { value } = readPytorch(lying, { maxBytes: 1_000_000 });
    expect(() => isPytorchTensor(value) && value.read()).toThrow(
      'must have 16 bytes when decompressed, as the zip directory says, but has more. The file is damaged, or made to exhaust memory.',
    );
  });

  it('the size of the file, and rejects invalid options', () => {
    expect(() => readPytorch(new Uint8Array(9), { maxBytes: 8 })).toThrow('the file must be at most 8 bytes, got 9.');
    expect(() => readPytorch(new Uint8Array(9), { maxBytes: 0 })).toThrow('maxBytes must be an integer >= 1, got 0.');
    expect(() => readPytorch(new Uint8Array(9), { max: 0 } as object)).toThrow("unknown option 'max'");
  });
});

describe('readPytorch on zip files', () => {
  const good = zip(pickle(...tensor(4, [2, 2], [2, 1])), { 0: floats(1, 2, 3, 4) });

  it('reads compressed files', () => {
    const { value } = readPytorch(zip(pickle(...tensor(4, [4], [1])), { 0: floats(1, 2, 3, 4) }, { level: 9 }));
    expect(isPytorchTensor(value) && value.read()).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  it('reads a file in the middle of a buffer, at any alignment', () => {
    const padded = new Uint8Array(good.length + 9);
    padded.set(good, 3);
    const { value } = readPytorch(padded.subarray(3, 3 + good.length));
    expect(isPytorchTensor(value) && value.read()).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  it('returns arrays that do not share memory with the file', () => {
    const file = good.slice();
    const { value } = readPytorch(file);
    const values = isPytorchTensor(value) ? value.read() : [];
    file.fill(0);
    expect(values).toEqual(Float32Array.of(1, 2, 3, 4));
  });

  it.each<[string, () => Uint8Array, string]>([
    ['values that do not match their checksum', () => flipped(good, good.indexOf(0x80, 100)), 'must have the checksum'],
    [
      'bytes after its end',
      () => Uint8Array.from([...good, 0]),
      'a zip file must end with its directory, but does not.',
    ],
    [
      'two pickles',
      () => zip(pickle('N'), {}, { more: { 'other/data.pkl': pickle('N') } }),
      "a zip file of PyTorch must hold one 'data.pkl', got 2 among 2 files.",
    ],
    [
      'no pickle',
      () =>
        zip(pickle('N')).map((byte, i, all) =>
          byte === 0x70 && all[i + 1] === 0x6b && all[i + 2] === 0x6c ? 0x71 : byte,
        ),
      "must hold one 'data.pkl', got none among 1 files.",
    ],
    [
      'a big-endian byte order',
      () => zip(pickle('N'), {}, { more: { 'archive/byteorder': new TextEncoder().encode('big') } }),
      "'archive/byteorder' must be 'little', got 'big'.",
    ],
    ['a missing storage', () => zip(pickle(...tensor(4, [4], [1]))), "but 'archive/data/0' has none."],
    [
      'another compression method',
      () => patched(good, 'archive/data/0', 10, 9),
      "'archive/data/0' must be stored or compressed by DEFLATE (methods 0 and 8), got method 9.",
    ],
    ['encryption', () => patched(good, 'archive/data/0', 8, 1), "'archive/data/0' must not be encrypted, but is."],
    [
      'two entries of the same name',
      () => renamed(good),
      "names must be unique, but two entries are 'archive/data.pkl'.",
    ],
    [
      'overlapping entries',
      () => patched(good, 'archive/data/0', 42, 0),
      'overlap no other entry and end within the file.',
    ],
    [
      'an entry beyond the end of the file',
      () => patched(patched(good, 'archive/data/0', 20, 255), 'archive/data/0', 24, 255),
      'end within the file.',
    ],
    [
      'two different sizes of an uncompressed entry',
      () => patched(good, 'archive/data/0', 24, 255),
      "'archive/data/0' is not compressed, but has two different sizes.",
    ],
    [
      'a directory beyond the end of the file',
      () => good.map((byte, i) => (i === good.length - 22 + 18 ? 0x7f : byte)),
      'the directory of the zip file must lie within it.',
    ],
  ])('rejects %s', (_, make, message) => {
    const read = (): unknown => {
      const { value } = readPytorch(make());
      return isPytorchTensor(value) && value.read();
    };
    expect(read).toThrow(DataFormatError);
    expect(read).toThrow(message);
  });

  it('rejects a file that is neither a zip file nor a pickle', () => {
    expect(() => readPytorch(Uint8Array.of(1, 2, 3, 4, 5))).toThrow(
      'the file must start as a zip file or a pickle does, got 5 bytes that start with 01 02 03 04. Is it a .pt or .pth file?',
    );
    expect(() => readPytorch(new Uint8Array(0))).toThrow('got 0 bytes that start with nothing.');
  });
});

describe('readPytorch on legacy files', () => {
  const MAGIC = pickle(0x8a, 10, ...[0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]);
  const PROTOCOL = pickle('M', 0xe9, 0x03);
  const MACHINE = pickle('}', text('little_endian'), 0x88, 's');
  const keys = (...names: string[]): Uint8Array => pickle('](', ...names.map(text), 'e');
  const legacy = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
  const storage = (...values: number[]): Uint8Array =>
    legacy(new Uint8Array(new BigInt64Array([BigInt(values.length)]).buffer), floats(...values));
  const whole = tensor(4, [2, 2], [2, 1]);

  it('reads views of a part of a storage', () => {
    const id = [text('storage'), global('torch', 'FloatStorage'), text('0'), text('cpu'), int(4)];
    const value = pickle(
      ...[global('torch._utils', '_rebuild_tensor_v2'), '((', ...id, '(', text('v'), int(1), int(3), 'ttQ'],
      ...[int(1), int(2), 0x85, int(1), 0x85, 0x89, '}tR'],
    );
    const read = readPytorch(legacy(MAGIC, PROTOCOL, MACHINE, value, keys('0'), storage(1, 2, 3, 4)));
    expect(isPytorchTensor(read.value) && read.value.read()).toEqual(Float32Array.of(3, 4));
  });

  it.each<[string, Uint8Array, string]>([
    [
      'another magic number',
      legacy(pickle('K', 1), PROTOCOL),
      'must be a legacy file of PyTorch, but its magic number is 1. Is it a checkpoint?',
    ],
    ['another protocol', legacy(MAGIC, pickle('K', 1)), 'its protocol is 1 in place of 1001.'],
    ['a big-endian machine', legacy(MAGIC, PROTOCOL, pickle('}')), 'it was not saved on a little-endian machine.'],
    ['a tensor before the value', legacy(MAGIC, PROTOCOL, pickle(...whole)), 'no tensor may come before byte'],
    [
      'storage keys that are not a list',
      legacy(MAGIC, PROTOCOL, MACHINE, pickle(...whole), pickle('N')),
      'its storage keys are None in place of a list.',
    ],
    [
      'a storage key that no tensor uses',
      legacy(MAGIC, PROTOCOL, MACHINE, pickle(...whole), keys('1')),
      'its storage keys hold a string, which is repeated or not used by any tensor.',
    ],
    [
      'missing storage keys',
      legacy(MAGIC, PROTOCOL, MACHINE, pickle(...whole), keys()),
      "the values of storage '0' are missing.",
    ],
    [
      'a storage of another length',
      legacy(MAGIC, PROTOCOL, MACHINE, pickle(...whole), keys('0'), storage(1, 2)),
      "storage '0' has 2 values in place of 4.",
    ],
    [
      'bytes after its end',
      legacy(MAGIC, PROTOCOL, MACHINE, pickle('N'), keys(), Uint8Array.of(1)),
      '1 bytes follow its last storage.',
    ],
    [
      'two different lengths of one storage',
      legacy(MAGIC, PROTOCOL, MACHINE, pickle('](', ...whole, ...tensor(5, [1], [1]), 'e')),
      "storage '0' must have one type and length, but has two.",
    ],
  ])('rejects %s', (_, bytes, message) => {
    expect(() => readPytorch(bytes)).toThrow(DataFormatError);
    expect(() => readPytorch(bytes)).toThrow(message);
  });

  it('rejects a part beyond its storage', () => {
    const id = [text('storage'), global('torch', 'FloatStorage'), text('0'), text('cpu'), int(4)];
    const value = pickle('(', ...id, '(', text('v'), int(2), int(3), 'ttQ');
    expect(() => readPytorch(legacy(MAGIC, PROTOCOL, MACHINE, value))).toThrow(
      "a part of storage '0' must lie within its 4 values.",
    );
  });
});

/** Flips one bit of a byte. */
function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
}

/** Position of an entry in the zip directory. */
function directoryEntry(bytes: Uint8Array, name: string): number {
  const wanted = new TextEncoder().encode(name);
  for (let at = bytes.length - 22 - 46; at >= 0; at--) {
    const isEntry = bytes[at] === 0x50 && bytes[at + 1] === 0x4b && bytes[at + 2] === 1 && bytes[at + 3] === 2;
    if (isEntry && wanted.every((byte, i) => bytes[at + 46 + i] === byte)) return at;
  }
  throw new Error(`no ${name}`);
}

/** Sets one byte of an entry in the zip directory. */
function patched(bytes: Uint8Array, name: string, at: number, value: number): Uint8Array {
  const entry = directoryEntry(bytes, name);
  return bytes.map((byte, i) => (i === entry + at ? value : byte));
}

function setSize(bytes: Uint8Array, name: string, size: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(directoryEntry(bytes, name) + 24, size, true);
}

/** Renames the storage to the name of the pickle in the zip directory, and adjusts its size. */
function renamed(bytes: Uint8Array): Uint8Array {
  const entry = directoryEntry(bytes, 'archive/data/0');
  const pickleEntry = directoryEntry(bytes, 'archive/data.pkl');
  const length = bytes[pickleEntry + 28] ?? 0;
  const shorter = bytes[entry + 28] ?? 0;
  const name = bytes.slice(pickleEntry + 46, pickleEntry + 46 + length);
  const head = bytes.slice(0, entry + 46);
  head[entry + 28] = length;
  const rest = bytes.slice(entry + 46 + shorter);
  const whole = Uint8Array.from([...head, ...name, ...rest]);
  const view = new DataView(whole.buffer);
  const size = whole.length - 22 + 12;
  view.setUint32(size, view.getUint32(size, true) + length - shorter, true);
  return whole;
}
