import { describe, expect, it } from 'vitest';

import { findStateDict } from './find-state-dict.ts';
import type { PytorchTensor, PytorchValue } from './pytorch-value.ts';

const one = (value: number): PytorchTensor => ({
  kind: 'tensor',
  dtype: 'F32',
  shape: [1],
  read: () => Float32Array.of(value),
});
const weights = (value: number): PytorchValue => new Map([['conv1.weight', one(value)]]);
const dict = (entries: Record<string, PytorchValue>): PytorchValue => new Map(Object.entries(entries));
const found = (value: PytorchValue, at?: string) => {
  const { tensors, path, others } = findStateDict('[@st/models] test: net.pt', value, at);
  return { value: tensors.get('conv1.weight')?.data[0], path: path.join('.'), others };
};

describe('findStateDict', () => {
  it.each<[string, PytorchValue, string, string[]]>([
    ['a bare state_dict', weights(1), '', []],
    ['one among other values', dict({ epoch: 3, state_dict: weights(1), acc: one(2) }), 'state_dict', []],
    ['one in a nested dict', dict({ checkpoint: dict({ model: weights(1) }) }), 'checkpoint.model', []],
    ['one under any name', dict({ robust: weights(1) }), 'robust', []],
    [
      'the one with the most common name',
      dict({ ema: weights(2), net: weights(1), swa: weights(3) }),
      'net',
      ['ema', 'swa'],
    ],
    ['state_dict before model', dict({ model: weights(2), state_dict: weights(1) }), 'state_dict', ['model']],
    [
      'the weights, not the optimizer state',
      dict({ optimizer: weights(2), opt_state_dict: weights(3), w: weights(1) }),
      'w',
      [],
    ],
  ])('finds %s', (_, value, path, others) => {
    expect(found(value)).toEqual({ value: 1, path, others });
  });

  it('returns the state_dict at the given keys', () => {
    expect(found(dict({ net: weights(2), ema: dict({ model: weights(1) }) }), 'ema.model')).toMatchObject({ value: 1 });
  });

  it('searches a dict with many references once', () => {
    let value = dict({ epoch: 1 });
    for (let depth = 0; depth < 4; depth++) {
      const inner = value;
      value = new Map(Array.from({ length: 200 }, (_, i) => [`a${i}`, inner]));
    }
    expect(() => found(value)).toThrow('must hold a state_dict'); // 200^4 steps would never end
  });

  it.each<[PytorchValue, string | undefined, string]>([
    [1, undefined, 'must hold a state_dict (a dict of tensors by name), got no dict.'],
    [dict({ epoch: 1, loss: one(1) }), undefined, "got a dict of 'epoch', 'loss'. Save model.state_dict() in PyTorch."],
    [dict({ weight: one(1) }), undefined, "got a dict of 'weight'."],
    [dict(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`k${i}`, i]))), undefined, "'k6', 'k7' and 2 more."],
    [dict({ net: weights(1) }), 'ema', "must hold a state_dict at 'ema', got a dict of 'net'; there is one at 'net'."],
  ])('rejects a file without a state_dict, with its contents: %#', (value, at, message) => {
    expect(() => found(value, at)).toThrow(expect.objectContaining({ code: 'ST_CHECKPOINT' }));
    expect(() => found(value, at)).toThrow(`[@st/models] test: net.pt: `);
    expect(() => found(value, at)).toThrow(message);
  });
});
