import { DataFormatError } from '@st/core';

import { nameOfKind } from './pickle-objects.ts';
import type { CallContext, PickleStorage, PickleValue } from './pickle-value.ts';

/** The limit of PyTorch. */
const MAX_RANK = 64;

/** `torch._utils._rebuild_tensor_v2(storage, offset, size, stride, ...)`: a view, which must lie within its storage. */
export function rebuildTensor(
  [storage, offset, shape, strides]: readonly PickleValue[],
  { where }: CallContext,
): PickleValue {
  if (
    !isStorage(storage) ||
    !isCount(offset) ||
    !isCounts(shape) ||
    !isCounts(strides) ||
    shape.length !== strides.length
  ) {
    throw new DataFormatError(
      `${where}: a tensor must have a storage, an offset, a shape of at most ${MAX_RANK} axes and as many strides, all >= 0; got ${[storage, offset, shape, strides].map(nameOfKind).join(', ')}. The file is damaged.`,
      { argument: 'bytes' },
    );
  }
  const isEmpty = shape.includes(0);
  const last = shape.reduce((at, length, axis) => at + (length - 1) * (strides[axis] ?? 0), offset);
  if (!isEmpty && last >= storage.length) {
    throw new DataFormatError(
      `${where}: a tensor [${shape.join(', ')}] with strides [${strides.join(', ')}] from ${offset} must lie within its storage '${storage.key}' of ${storage.length} values. The file is damaged.`,
      { argument: 'bytes', received: shape },
    );
  }
  // copied, so that the pickle cannot change the lists after the check
  return { kind: 'tensor', storage, shape: [...shape], strides: [...strides], offset };
}

function isStorage(value: PickleValue | undefined): value is PickleStorage {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'storage';
}

function isCount(value: PickleValue | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isCounts(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.length <= MAX_RANK && value.every(isCount);
}
