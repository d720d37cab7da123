import type { StateTensor } from '../../weights/state-tensor.ts';

/** What a pickle of weights is made of while it is read. Lists, tuples and sets are arrays; nothing here can run. */
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

/** Keys of dicts that compare by value here as they do in Python. */
export type PickleKey = null | boolean | number | bigint | string;

/** A class or function that the pickle names and that is on the list of those allowed, with our own meaning of a call. */
export type PickleGlobal = {
  readonly kind: 'global';
  /** `torch._utils._rebuild_tensor_v2` */
  readonly name: string;
  /** Only reads its arguments; they are untrusted. */
  readonly call?: (args: readonly PickleValue[], context: CallContext) => PickleValue;
  /** Of a storage class. */
  readonly dtype?: StateTensor['dtype'];
};

/** An object of a class that is not on the list: neither its class nor its attributes are read, only the items of what was a kind of dict. */
export type PickleUnread = { readonly kind: 'unread'; readonly name: string; readonly items: PickleDict };

/** What calls need besides their arguments. */
export type CallContext = {
  readonly where: string;
  /** Counts work that is not bounded by the pickle's length; fails when it is too much. */
  spend(amount: number): void;
};

/** What a pickle refers to outside itself. */
export type PickleContext = {
  /** The class or function of a name; throws for those that are not allowed. */
  readonly global: (name: string) => PickleGlobal | PickleValue;
  /** The storage of a persistent id. */
  readonly storage: (id: PickleValue) => PickleStorage;
};

/** Bytes of one or several tensors. */
export type PickleStorage = {
  readonly kind: 'storage';
  readonly key: string;
  readonly dtype: StateTensor['dtype'];
  /** Elements. */
  readonly length: number;
  /** The bytes, little-endian; they may come later in the file than the tensors, and are checked when asked for. */
  readonly bytes: () => Uint8Array;
};

/** A view of a storage; it lies within the storage's length. */
export type PickleTensor = {
  readonly kind: 'tensor';
  readonly storage: PickleStorage;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
};

/** The type of a numpy scalar: `f8`. */
type NumpyDtype = { readonly kind: 'numpy-dtype'; readonly code: string; littleEndian: boolean };
