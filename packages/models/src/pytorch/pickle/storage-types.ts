import type { StateTensor } from '../../weights/state-tensor.ts';

/** Element types of storage classes. Complex and quantized storages are refused. */
export const STORAGE_TYPES: ReadonlyMap<string, StateTensor['dtype']> = new Map<string, StateTensor['dtype']>([
  ['torch.FloatStorage', 'F32'],
  ['torch.DoubleStorage', 'F64'],
  ['torch.HalfStorage', 'F16'],
  ['torch.BFloat16Storage', 'BF16'],
  ['torch.LongStorage', 'I64'],
  ['torch.IntStorage', 'I32'],
  ['torch.ShortStorage', 'I16'],
  ['torch.CharStorage', 'I8'],
  ['torch.ByteStorage', 'U8'],
  ['torch.BoolStorage', 'BOOL'],
]);

/** Bytes per element in the file. */
export const ELEMENT_BYTES: Readonly<Record<StateTensor['dtype'], number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};
