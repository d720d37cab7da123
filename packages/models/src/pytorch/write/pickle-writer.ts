import { denseStrides } from '../../weights/gather-strided.ts';
import type { StateTensor, StateTensors } from '../../weights/state-tensor.ts';
import { sizeOf } from '../../weights/state-tensor.ts';
import { STORAGE_TYPES } from '../pickle/storage-types.ts';

const PROTOCOL = [0x80, 2];
const MARK = 0x28;
const STOP = 0x2e;
const TUPLE = 0x74;
const EMPTY_TUPLE = 0x29;
const REDUCE = 0x52;
const SETITEMS = 0x75;
const BINPERSID = 0x51;
const NEWFALSE = 0x89;

/**
 * Pickles an `OrderedDict` of tensors, as `torch.save` pickles a state_dict. Storages are named '0', '1' ... in the order of the tensors.
 * Uses only opcodes of protocol 2 and functions that PyTorch's `weights_only` unpickler allows.
 */
export function pickleStateDict(tensors: StateTensors): Uint8Array {
  const bytes: number[] = [...PROTOCOL, ...global('collections', 'OrderedDict'), EMPTY_TUPLE, REDUCE, MARK];
  let index = 0;
  for (const [name, tensor] of tensors) {
    for (const byte of [...text(name), ...tensorCall(tensor, String(index))]) bytes.push(byte);
    index++;
  }
  return Uint8Array.from([...bytes, SETITEMS, STOP]);
}

/** `torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())` */
function tensorCall({ dtype, shape }: StateTensor, key: string): number[] {
  return [
    ...global('torch._utils', '_rebuild_tensor_v2'),
    MARK,
    ...storageId(dtype, key, sizeOf(shape)),
    ...integer(0),
    ...tuple(shape.map(integer)),
    ...tuple(denseStrides(shape).map(integer)),
    NEWFALSE,
    ...global('collections', 'OrderedDict'),
    EMPTY_TUPLE,
    REDUCE,
    TUPLE,
    REDUCE,
  ];
}

/** The persistent id `('storage', torch.FloatStorage, key, 'cpu', length)`. */
function storageId(dtype: StateTensor['dtype'], key: string, length: number): number[] {
  const storage = global('torch', storageClass(dtype));
  return [...tuple([text('storage'), storage, text(key), text('cpu'), integer(length)]), BINPERSID];
}

function storageClass(dtype: StateTensor['dtype']): string {
  const [name = ''] = [...STORAGE_TYPES].find(([, type]) => type === dtype) ?? [];
  return name.slice('torch.'.length);
}

function tuple(items: readonly (readonly number[])[]): number[] {
  return [MARK, ...items.flat(), TUPLE];
}

function global(module: string, name: string): number[] {
  return [0x63, ...new TextEncoder().encode(`${module}\n${name}\n`)];
}

function text(value: string): number[] {
  const utf8 = new TextEncoder().encode(value);
  return [0x58, ...littleEndian(utf8.length, 4), ...utf8];
}

/** BININT below 2^31, LONG1 of eight bytes above. */
function integer(value: number): number[] {
  return value < 2 ** 31 ? [0x4a, ...littleEndian(value, 4)] : [0x8a, 8, ...littleEndian(value, 8)];
}

function littleEndian(value: number, length: number): number[] {
  return Array.from({ length }, (_, i) => Math.floor(value / 256 ** i) % 256);
}
