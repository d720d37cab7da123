import { describe, expect, it } from 'vitest';

import type { StateTensor } from '../../weights/state-tensor.ts';
import { findStateDict } from '../find-state-dict.ts';
import { readPytorch } from '../read-pytorch.ts';
import { fixture } from '../test-files.fixture.ts';
import { writePytorch } from './write-pytorch.ts';

const kinds = (): ReadonlyMap<string, StateTensor> =>
  findStateDict('test', readPytorch(fixture('kinds-zip.pt')).value).tensors;

describe('writePytorch', () => {
  it('writes every dtype as readPytorch reads it, half precision as float32', () => {
    const bytes = writePytorch(kinds());
    const { value, format } = readPytorch(bytes);
    expect(format).toBe('pytorch-zip');
    const { tensors, path } = findStateDict('test', value);
    expect(path).toEqual([]);
    const widened = [...kinds()].map(([name, tensor]) => [
      name,
      { ...tensor, dtype: tensor.dtype === 'F16' || tensor.dtype === 'BF16' ? 'F32' : tensor.dtype },
    ]);
    expect([...tensors]).toEqual(widened);
  });

  it('writes only the values of a subarray, not its whole buffer', () => {
    const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const { value } = readPytorch(writePytorch(new Map([['a.b', { dtype: 'F32', shape: [2], data }]])));
    expect(findStateDict('test', value).tensors.get('a.b')?.data).toEqual(Float32Array.of(2, 3));
  });

  it('writes the same bytes for the same tensors, with storages aligned to 64 bytes', () => {
    const bytes = writePytorch(kinds());
    expect(writePytorch(kinds())).toEqual(bytes);
    const text = new TextDecoder('latin1').decode(bytes);
    const header = text.indexOf('archive/data/0');
    const extra = new DataView(bytes.buffer, bytes.byteOffset).getUint16(header - 2, true);
    expect((header + 'archive/data/0'.length + extra) % 64).toBe(0);
  });

  it.each<[StateTensor, string]>([
    [
      { dtype: 'F32', shape: [3], data: new Float32Array(2) },
      "[@st/models] writePytorch: tensor 'w': shape [3] needs 3 values, got 2.",
    ],
    [
      { dtype: 'I16', shape: [2], data: new Float32Array(2) },
      "[@st/models] writePytorch: tensor 'w': values of I16 must be in a Int16Array, got a Float32Array.",
    ],
  ])('rejects values that do not match shape or dtype: %#', (tensor, message) => {
    expect(() => writePytorch(new Map([['w', tensor]]))).toThrow(message);
  });
});
