import type { StateTensor } from '../../weights/state-tensor.ts';

/** A value of a pickle while it is read. Lists, tuples and sets are arrays. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | PickleDict
  | PickleGlobal
  | PickleStorage
  | PickleTensor
  | PickleUnread
  | NumpyDtype;

export type PickleDict = Map<PickleKey, PickleValue>;

/** Keys of dicts, which compare by value in JavaScript as in Python. */
export type PickleKey = null | boolean | number | bigint | string;

/** A class or function that the pickle names. `call` implements a call if it is allowed. */
export type PickleGlobal = {
  readonly kind: 'global';
  /** `torch._utils._rebuild_tensor_v2` */
  readonly name: string;
  /** The arguments are untrusted; it only reads them. */
  readonly call?: (args: readonly PickleValue[], context: CallContext) => PickleValue;
  /** Element type of a storage class. */
  readonly dtype?: StateTensor['dtype'];
};

/** Placeholder for an object of a class that is not allowed. Class and attributes are not read; `items` are those of a subclass of dict. */
export type PickleUnread = { readonly kind: 'unread'; readonly name: string; readonly items: PickleDict };

/** Context of a call. */
export type CallContext = {
  readonly where: string;
  /** Counts work that the pickle's length does not bound; throws above the limit. */
  spend(amount: number): void;
};

/** Resolves the references of a pickle to names and storages. */
export type PickleContext = {
  /** Returns the class or function with this name. */
  readonly global: (name: string) => PickleGlobal | PickleValue;
  /** Returns the storage with this persistent id. */
  readonly storage: (id: PickleValue) => PickleStorage;
};

/** A storage, which one or more tensors share. */
export type PickleStorage = {
  readonly kind: 'storage';
  readonly key: string;
  readonly dtype: StateTensor['dtype'];
  /** Number of elements. */
  readonly length: number;
  /** Returns the bytes, little-endian. In the file they may follow the tensors, so they are checked here. */
  readonly bytes: () => Uint8Array;
};

/** A view of a storage, within its length. */
export type PickleTensor = {
  readonly kind: 'tensor';
  readonly storage: PickleStorage;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
};

/** The type of a numpy scalar: `f8`. */
type NumpyDtype = { readonly kind: 'numpy-dtype'; readonly code: string; littleEndian: boolean };
