// Calls every function of the native module with valid arguments, some of them then damaged. Fails unless each call returns or
// throws an error of the documented kind, writes no memory outside its outputs, and leaves the process alive.
//
//   node scripts/check-hostile-calls.mjs --calls 200000 --seed 1
//   node scripts/check-hostile-calls.mjs --module PATH   another build of the module, such as a sanitizer build
//
// Child processes make the calls, so that a call that ends its process can be identified: the last line has its seed and number.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const module = option('module', fileURLToPath(new URL('../build/st_native.node', import.meta.url)));
const calls = Number(option('calls', 20_000));
const seed = Number(option('seed', 1));
/** Calls per child process. */
const LOT = 20_000;

function parent() {
  for (let done = 0, lot = 0; done < calls; done += LOT, lot++) {
    const some = Math.min(LOT, calls - done);
    const { status, signal, stdout, stderr } = spawnSync(
      process.execPath,
      [
        fileURLToPath(import.meta.url),
        ...['--child', '--calls', String(some), '--seed', String(seed * 1000 + lot), '--module', module],
      ],
      { encoding: 'utf8', maxBuffer: 1 << 26 },
    );
    if (status !== 0) {
      console.error(`${stdout.slice(-400)}${stderr.slice(-4000)}`);
      console.error(`hostile calls: ended by ${signal ?? `code ${status}`}`);
      process.exitCode = 1;
      return;
    }
  }
  console.log(
    `${calls} hostile calls from seed ${seed}: no call crashed the process, and nothing was written outside of outputs`,
  );
}

function child() {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const addon = createRequire(import.meta.url)(module);
  addon.setThreads(2);
  const random = generator(seed);
  const names = Object.keys(CALLS);
  // fmaPeak takes a second and has no argument.
  const unknown = Object.keys(addon).filter((name) => name !== 'fmaPeak' && !names.includes(name));
  if (unknown.length > 0) throw new Error(`no calls are known for ${unknown.join(', ')}`);
  const guards = [];
  let returned = 0;
  for (let i = 0; i < calls; i++) {
    const name = names[random(names.length)];
    const make = maker(addon, random, guards);
    const args = damage(random, CALLS[name](make, random), make);
    try {
      addon[name](...args);
      returned++;
    } catch (error) {
      const isPromised =
        error instanceof RangeError || error.code === 'ERR_MEMORY_ALLOCATION_FAILED' || error instanceof TypeError;
      if (!isPromised || !error.message.startsWith('[@st/backend-native] ')) {
        throw new Error(`call ${i} of seed ${seed}, ${name}: ${error.stack}`);
      }
    }
    if (random(8) === 0) take(random, args);
    if (i % 64 === 63) {
      try {
        addon.synchronize();
      } catch {}
      for (const check of guards.splice(0)) check(`seed ${seed}, before call ${i}`);
    }
    if (i % 2048 === 2047) collect();
  }
  if (returned < calls / 20) throw new Error(`only ${returned} of ${calls} calls were valid`);
}

/** Numbers in [0, n) from a seed. */
function generator(from) {
  let state = (Math.imul(from, 747796405) + 2891336453) >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Arrays in all kinds of memory; arrays that a call may write have guard zones around them. */
function maker(addon, random, guards) {
  const GUARD = 64;
  const room = (bytes) => {
    const kind = random(6);
    if (kind === 0) return new SharedArrayBuffer(bytes);
    if (kind === 1) return new ArrayBuffer(bytes, { maxByteLength: bytes + 64 });
    if (kind < 4) return addon.allocate(bytes) ?? new ArrayBuffer(bytes);
    return new ArrayBuffer(bytes);
  };
  const array = (Type, length, fill) => {
    const bytes = length * Type.BYTES_PER_ELEMENT;
    const buffer = room(bytes + 2 * GUARD);
    const whole = new Uint8Array(buffer);
    whole.fill(0xa5, 0, GUARD);
    whole.fill(0xa5, GUARD + Math.ceil(bytes));
    const made = new Type(buffer, GUARD, length);
    if (fill) for (let i = 0; i < length; i++) made[i] = fill(i);
    guards.push((where) => {
      if (buffer.byteLength !== bytes + 2 * GUARD) return; // transferred while queued
      for (let i = 0; i < GUARD; i++) {
        if (whole[i] !== 0xa5 || whole[whole.length - 1 - i] !== 0xa5)
          throw new Error(`${where}: written outside of an output`);
      }
    });
    return made;
  };
  const value = () => random(2000) / 1000 - 1;
  return {
    floats: (length) => array(Float32Array, length, value),
    bytes: (length) => array(Uint8Array, length, () => random(2)),
    ints: (length, below = 1000) => array(Int32Array, length, () => random(below)),
    sizes: (...sizes) => Int32Array.of(...sizes),
  };
}

const HOSTILE_SIZES = [0, -1, 1, 2, 7, 4095, 4096, 65536, 2 ** 28, 2 ** 30, 2 ** 31 - 1, -(2 ** 31), 2 ** 16 + 1];
const HOSTILE = [
  ...[Number.NaN, -1, 0, 1, 0.5, 2 ** 31, 2 ** 32, 2 ** 38, 2 ** 53, -(2 ** 31), -0, 1e308, Number.POSITIVE_INFINITY],
  ...[undefined, null, true, 'x', '7', {}, [1, 2, 3], Symbol('s'), 10n, () => 1, new Proxy([], {})],
  new DataView(new ArrayBuffer(16)),
  new ArrayBuffer(16),
  new Date(0),
];

/** Damages one to three arguments; one call in four stays valid. */
function damage(random, args, make) {
  if (random(4) === 0) return args;
  const damaged = [...args];
  for (let times = 1 + random(3); times > 0; times--) {
    const at = random(damaged.length + 1);
    const old = damaged[at];
    if (old instanceof Int32Array && random(4) > 0) {
      const changed = Int32Array.from(old);
      changed[random(changed.length)] = HOSTILE_SIZES[random(HOSTILE_SIZES.length)];
      damaged[at] = changed;
    } else if (old?.subarray && old.length > 0 && random(3) > 0) {
      damaged[at] = otherArray(random, old, args, make);
    } else if (random(12) === 0) {
      damaged.length = at;
    } else {
      damaged[at] = HOSTILE[random(HOSTILE.length)];
    }
  }
  return damaged;
}

function otherArray(random, old, args, make) {
  const others = args.filter((arg) => ArrayBuffer.isView(arg));
  switch (random(8)) {
    case 0:
      return others[random(others.length)];
    case 1:
      return old.subarray(random(4));
    case 2:
      return old.subarray(0, Math.max(0, old.length - 1 - random(3)));
    case 3:
      return new Float64Array(old.length);
    case 4:
      return globalThis.Float16Array ? new globalThis.Float16Array(old.length * 2) : new BigInt64Array(old.length);
    case 5: {
      const gone = new Float32Array(old.length || 1);
      structuredClone(gone, { transfer: [gone.buffer] });
      return gone;
    }
    case 6: {
      const buffer = new ArrayBuffer(256, { maxByteLength: 512 });
      const shrunk = new Float32Array(buffer, 0, 64);
      buffer.resize(16);
      return shrunk;
    }
    default:
      return make.floats(random(40));
  }
}

/** Transfers or shrinks the memory of a call's arrays while the call may be queued. */
function take(random, args) {
  for (const arg of args) {
    if (!ArrayBuffer.isView(arg) || !(arg.buffer instanceof ArrayBuffer) || random(2) === 0) continue;
    try {
      if (arg.buffer.resizable) arg.buffer.resize(0);
      else structuredClone(arg.buffer, { transfer: [arg.buffer] });
    } catch {} // already transferred by another call, or not transferable
  }
}

const conv = (random) => {
  const [height, width, channels, outputs] = [1 + random(6), 1 + random(6), 1 + random(10), 1 + random(10)];
  const [fh, fw, stride, pad] = [1 + random(3), 1 + random(3), 1 + random(2), random(2)];
  const out = (size, filter) => Math.max(1, Math.floor((size + 2 * pad - filter) / stride) + 1);
  const [outHeight, outWidth] = [out(height, fh), out(width, fw)];
  return {
    shape: [1, height, width, channels, outHeight, outWidth, outputs, fh, fw, stride, stride, 1, 1, pad, pad],
    x: height * width * channels,
    y: outHeight * outWidth * outputs,
    filter: fh * fw * channels * outputs,
    outputs,
  };
};
const depthwise = (random) => {
  const { shape, x, ...rest } = conv(random);
  const channels = shape[3];
  const outputs = channels * (1 + random(2));
  shape[6] = outputs;
  return { ...rest, shape, x, y: shape[4] * shape[5] * outputs, filter: shape[7] * shape[8] * outputs, outputs };
};
const pooling = (random) => {
  const { shape } = conv(random);
  const [n, height, width, channels, outHeight, outWidth, , fh, fw, stride, , , , pad] = shape;
  return {
    shape: [n, height, width, channels, outHeight, outWidth, fh, fw, stride, stride, 1, 1, pad, pad],
    x: height * width * channels,
    y: outHeight * outWidth * channels,
  };
};
const maybe = (random, value) => (random(2) === 0 ? undefined : value);
const broadcast = (random, type, result) => (make) => {
  const [rows, columns] = [1 + random(5), 1 + random(300)];
  const layout = make.sizes(2, rows, columns, columns, 1, 0, 1);
  return [random(3), layout, make[type](rows * columns), make[type](columns), make[result](rows * columns)];
};
const normalizedShape = (random) => ({ rows: 1 + random(20), channels: 1 + random(9) });
/** More packed floats than any of these shapes needs. */
const PACKED = 20_000;

/** Valid arguments for every function. */
const CALLS = {
  interfaceVersion: () => [],
  synchronize: () => [],
  isIdle: () => [],
  getThreads: () => [],
  setThreads: (_, random) => [1 + random(3)],
  instructionSet: () => [],
  setInstructionSet: (_, random) => [random(3)],
  scratchBytes: () => [],
  releaseScratch: () => [],
  allocate: (_, random) => [1 + random(5000)],
  discard: (make) => [make.floats(9).buffer],
  allocatedBytes: () => [],
  unary: (make, random) => {
    const count = random(2) === 0 ? random(50) : 20_000;
    return [random(24), count, -1, 1, make.floats(count), make.floats(count)];
  },
  binary: (make, random) => broadcast(random, 'floats', 'floats')(make),
  compare: (make, random) => broadcast(random, 'floats', 'bytes')(make),
  logical: (make, random) => broadcast(random, 'bytes', 'bytes')(make),
  reduce: (make, random) => {
    const [outer, length, inner] = [1 + random(5), random(9), 1 + random(5)];
    return [random(4), outer, length, inner, 1, make.floats(outer * length * inner), make.floats(outer * inner)];
  },
  argExtreme: (make, random) => {
    const [rows, length] = [random(5), 1 + random(9)];
    return [random(2), rows, length, make.floats(rows * length), make.ints(rows)];
  },
  softmax: (make, random) => {
    const [rows, length] = [random(5), random(9)];
    return [random(2), rows, length, make.floats(rows * length), make.floats(rows * length)];
  },
  stridedCopy: (make, random) => {
    const [a, b] = [1 + random(40), 1 + random(40)];
    return [make.sizes(2, 0, 0, a, b, 1, a, b, 1), 4, make.floats(a * b), make.floats(a * b)];
  },
  fill: (make, random) => {
    const count = random(9000);
    return [count, 4, make.floats(1), make.floats(count)];
  },
  gather: (make, random) => {
    const [outer, length, inner, count] = [1 + random(3), 1 + random(9), 1 + random(40), random(200)];
    return [
      ...[outer, length, inner, 4, make.ints(count, length)],
      ...[make.floats(outer * length * inner), make.floats(outer * count * inner)],
    ];
  },
  select: (make, random) => {
    const [chosen, repeat] = [random(50), 1 + random(3)];
    const count = chosen * repeat;
    return [count, repeat, make.bytes(chosen), make.floats(count), make.floats(count), make.floats(count)];
  },
  intsToFloats: (make, random) => {
    const count = random(9000);
    return [count, make.ints(count), make.floats(count)];
  },
  bytesToFloats: (make, random) => {
    const count = random(9000);
    return [count, make.bytes(count), make.floats(count)];
  },
  floatsToInts: (make, random) => {
    const count = random(9000);
    return [count, make.floats(count), make.ints(count)];
  },
  floatsToBytes: (make, random) => {
    const count = random(9000);
    return [count, make.floats(count), make.bytes(count)];
  },
  pool: (make, random) => {
    const { shape, x, y } = pooling(random);
    return [random(2), make.sizes(...shape), make.floats(x), make.floats(y)];
  },
  averagePoolGradient: (make, random) => {
    const { shape, x, y } = pooling(random);
    return [make.sizes(...shape), make.floats(y), make.floats(x)];
  },
  maximumPoolGradient: (make, random) => {
    const { shape, x, y } = pooling(random);
    return [make.sizes(...shape), make.floats(y), make.floats(x), make.floats(x)];
  },
  batchNorm: (make, random) => {
    const { rows, channels } = normalizedShape(random);
    const [all, one] = [() => make.floats(rows * channels), () => make.floats(channels)];
    return [rows, channels, 1e-5, random(2), all(), maybe(random, all()), one(), one(), all(), one(), one()];
  },
  batchNormInference: (make, random) => {
    const { rows, channels } = normalizedShape(random);
    const [all, one] = [() => make.floats(rows * channels), () => make.floats(channels)];
    return [rows, channels, 1e-5, random(2), all(), maybe(random, all()), one(), one(), one(), one(), all()];
  },
  batchNormGradient: (make, random) => {
    const { rows, channels } = normalizedShape(random);
    const [all, one] = [() => make.floats(rows * channels), () => make.floats(channels)];
    return [
      ...[rows, channels, 1e-5, random(2), all(), all(), maybe(random, all()), one(), one(), one(), one()],
      ...[one(), one(), make.floats(5 * channels)],
    ];
  },
  batchNormInputGradient: (make, random) => {
    const { rows, channels } = normalizedShape(random);
    const all = () => make.floats(rows * channels);
    return [
      ...[rows, channels, random(2), all(), all(), maybe(random, all()), undefined, make.floats(5 * channels)],
      ...[all(), maybe(random, all())],
    ];
  },
  batchNormInferenceGradient: (make, random) => {
    const { rows, channels } = normalizedShape(random);
    const [all, one] = [() => make.floats(rows * channels), () => make.floats(channels)];
    return [rows, channels, 1e-5, all(), maybe(random, all()), one(), one(), all(), maybe(random, all())];
  },
  batchNormInferenceParameterGradient: (make, random) => {
    const { rows, channels } = normalizedShape(random);
    const [all, one] = [() => make.floats(rows * channels), () => make.floats(channels)];
    return [rows, channels, 1e-5, all(), all(), maybe(random, all()), one(), one(), one(), one()];
  },
  convFilterLayout: (make, random) => [random(2), random(3), make.sizes(...conv(random).shape)],
  convPackFilter: (make, random) => {
    const { shape, filter } = conv(random);
    return [random(2), random(3), make.sizes(...shape), make.floats(filter), make.floats(PACKED)];
  },
  convForward: (make, random) => {
    const { shape, x, y, outputs } = conv(random);
    return [
      ...[random(3), random(2), make.sizes(...shape), make.floats(x), make.floats(PACKED)],
      ...[maybe(random, make.floats(outputs)), maybe(random, make.floats(outputs))],
      ...[maybe(random, make.floats(y)), maybe(random, make.floats(y)), make.floats(y)],
    ];
  },
  convInputGradient: (make, random) => {
    const { shape, x, y } = conv(random);
    return [
      ...[random(3), random(2), make.sizes(...shape), make.floats(y), make.floats(PACKED)],
      ...[maybe(random, make.floats(shape[3])), maybe(random, make.floats(shape[3]))],
      ...[maybe(random, make.floats(x)), maybe(random, make.floats(x)), make.floats(x)],
    ];
  },
  convFilterGradient: (make, random) => {
    const { shape, x, y, filter } = conv(random);
    return [random(3), make.sizes(...shape), make.floats(x), make.floats(y), make.floats(filter)];
  },
  depthwiseForward: (make, random) => {
    const { shape, x, y, filter, outputs } = depthwise(random);
    const bias = maybe(random, make.floats(outputs));
    return [random(2), make.sizes(...shape), make.floats(x), make.floats(filter), bias, make.floats(y)];
  },
  depthwiseInputGradient: (make, random) => {
    const { shape, x, y, filter } = depthwise(random);
    return [make.sizes(...shape), make.floats(y), make.floats(filter), make.floats(x)];
  },
  depthwiseFilterGradient: (make, random) => {
    const { shape, x, y, filter } = depthwise(random);
    return [make.sizes(...shape), make.floats(x), make.floats(y), make.floats(filter)];
  },
  matmul: (make, random) => {
    const [batch, rows, columns, inner] = [1 + random(3), 1 + random(20), 1 + random(20), random(20)];
    const shape = make.sizes(batch, rows, columns, inner, rows * inner, inner * columns, random(2), random(2));
    const [a, b] = [make.floats(batch * rows * inner), make.floats(batch * inner * columns)];
    return [random(2), shape, a, b, maybe(random, make.floats(columns)), make.floats(batch * rows * columns)];
  },
  sgdUpdate: (make, random) => {
    const count = random(9000);
    const all = () => make.floats(count);
    return [count, 0.1, 0.9, 5e-4, random(2), all(), all(), all(), all(), all()];
  },
  linfStep: (make, random) => {
    const count = random(9000);
    const all = () => make.floats(count);
    return [count, 0.1, 0.5, 0, 1, all(), all(), all(), all()];
  },
};

if (process.argv.includes('--child')) child();
else parent();
