/** Element-wise functions of one array, in the order of native/ops/unary.h. */
export const UNARY = {
  Abs: 0,
  Neg: 1,
  Square: 2,
  Sqrt: 3,
  Rsqrt: 4,
  Reciprocal: 5,
  Exp: 6,
  Expm1: 7,
  Log: 8,
  Log1p: 9,
  Sigmoid: 10,
  Tanh: 11,
  Softplus: 12,
  Relu: 13,
  Relu6: 14,
  LeakyRelu: 15,
  Elu: 16,
  Sign: 17,
  Step: 18,
  Floor: 19,
  Ceil: 20,
  Round: 21,
  ClipByValue: 22,
  Affine: 23,
} as const;

/** Element-wise functions of two arrays, in the order of native/ops/binary.h. */
export const BINARY = {
  Add: 0,
  Sub: 1,
  Multiply: 2,
  RealDiv: 3,
  Maximum: 4,
  Minimum: 5,
  SquaredDifference: 6,
  EluGrad: 7,
  Prelu: 8,
} as const;

export const COMPARISON = { Equal: 0, NotEqual: 1, Greater: 2, GreaterEqual: 3, Less: 4, LessEqual: 5 } as const;

export const LOGICAL = { LogicalAnd: 0, LogicalOr: 1, LogicalXor: 2 } as const;

/** Reductions, in the order of native/ops/reduce.h. */
export const REDUCTION = { Sum: 0, Max: 1, Min: 2, Prod: 3 } as const;

/** Algorithms of convolutions, in the order of native/conv/conv-shape.h. */
export const CONVOLUTION_ALGORITHM = { fast: 0, accurate: 1, direct: 2 } as const;

/** The pass that a packed filter is for, in the order of native/conv/conv-shape.h. */
export const CONVOLUTION_PASS = { forward: 0, inputGradient: 1 } as const;

/** The version of the functions below, as in native/border/runtime-entries.cc: a module with another version is not used. */
export const INTERFACE_VERSION = 6;

type Floats = Float32Array;
type Ints = Int32Array;
type Bytes = Uint8Array;
type Flag = 0 | 1;
/** Any typed array whose elements have the size that the call names. */
type Elements = Float32Array | Int32Array | Uint8Array;

/**
 * The native module. Every function checks the number, type, length and overlap of its arguments and throws a RangeError. Outputs
 * are written completely and must not share memory with another argument.
 *
 * Arguments have one order: numbers (operation, sizes, parameters, flags), layouts and shapes (Int32Arrays, described in
 * native/border), arrays that are read, arrays that are written. They are positional, not fields of an object, because reading a
 * field can run JavaScript (a getter), which could take away an array that was already checked.
 *
 * Kernels may run later, in the order of their calls: before `synchronize`, JavaScript must neither read what they write nor write
 * what they read. This applies to kernels whose arrays all lie in buffers of `allocate`; these buffers live until the kernels have
 * run, even if JavaScript drops or transfers them. A kernel on any other array runs before its call returns, because JavaScript may
 * take that array's memory away.
 */
export type Addon = {
  interfaceVersion(): number;
  /**
   * Waits until all kernels have run. Throws an error with the code ERR_MEMORY_ALLOCATION_FAILED if one of them ran out of
   * memory.
   */
  synchronize(): void;
  /** True if all kernels have run. */
  isIdle(): boolean;
  getThreads(): number;
  /** 0 means one per core. */
  setThreads(count: number): void;
  instructionSet(): string;
  setInstructionSet(isa: number): boolean;
  /** Floating-point operations per second. */
  fmaPeak(): number;
  scratchBytes(): number;
  releaseScratch(): void;

  /** Undefined if the runtime does not allow external memory. */
  allocate(bytes: number): ArrayBuffer | undefined;
  discard(buffer: ArrayBuffer): void;
  allocatedBytes(): number;

  unary(op: number, count: number, first: number, second: number, x: Floats, y: Floats): void;
  binary(op: number, layout: Ints, a: Floats, b: Floats, y: Floats): void;
  compare(op: number, layout: Ints, a: Floats, b: Floats, y: Bytes): void;
  logical(op: number, layout: Ints, a: Bytes, b: Bytes, y: Bytes): void;

  reduce(op: number, outer: number, length: number, inner: number, scale: number, x: Floats, y: Floats): void;
  argExtreme(largest: Flag, rows: number, length: number, x: Floats, y: Ints): void;
  softmax(logarithmic: Flag, rows: number, length: number, x: Floats, y: Floats): void;

  stridedCopy(layout: Ints, elementSize: number, from: Elements, to: Elements): void;
  fill(count: number, elementSize: number, value: Elements, to: Elements): void;
  gather(
    outer: number,
    length: number,
    inner: number,
    elementSize: number,
    indices: Ints,
    x: Elements,
    y: Elements,
  ): void;
  select(count: number, repeat: number, condition: Bytes, a: Floats, b: Floats, y: Floats): void;
  intsToFloats(count: number, x: Ints, y: Floats): void;
  bytesToFloats(count: number, x: Bytes, y: Floats): void;
  floatsToInts(count: number, x: Floats, y: Ints): void;
  floatsToBytes(count: number, x: Floats, y: Bytes): void;

  pool(maximum: Flag, shape: Ints, x: Floats, y: Floats): void;
  averagePoolGradient(shape: Ints, dy: Floats, dx: Floats): void;
  maximumPoolGradient(shape: Ints, dy: Floats, x: Floats, dx: Floats): void;

  /** With the statistics of the batch, which are written to `mean` and `variance`. */
  batchNorm(
    rows: number,
    channels: number,
    epsilon: number,
    relu: Flag,
    x: Floats,
    residual: Floats | undefined,
    gamma: Floats,
    beta: Floats,
    y: Floats,
    mean: Floats,
    variance: Floats,
  ): void;
  /** With given statistics. */
  batchNormInference(
    rows: number,
    channels: number,
    epsilon: number,
    relu: Flag,
    x: Floats,
    residual: Floats | undefined,
    mean: Floats,
    variance: Floats,
    gamma: Floats,
    beta: Floats,
    y: Floats,
  ): void;
  /** Through the statistics of the batch. Without `y`, the ReLU's output is recomputed. `coefficients` [5 x channels] is for `batchNormInputGradient`. */
  batchNormGradient(
    rows: number,
    channels: number,
    epsilon: number,
    relu: Flag,
    dy: Floats,
    x: Floats,
    y: Floats | undefined,
    mean: Floats,
    variance: Floats,
    gamma: Floats,
    beta: Floats,
    dgamma: Floats,
    dbeta: Floats,
    coefficients: Floats,
  ): void;
  /** dx, plus `sum` if given, or with the gradient of the residual if `dresidual` is given. */
  batchNormInputGradient(
    rows: number,
    channels: number,
    relu: Flag,
    dy: Floats,
    x: Floats,
    y: Floats | undefined,
    sum: Floats | undefined,
    coefficients: Floats,
    dx: Floats,
    dresidual: Floats | undefined,
  ): void;
  /** With given statistics, with respect to x and the residual; `y` if a ReLU follows. */
  batchNormInferenceGradient(
    rows: number,
    channels: number,
    epsilon: number,
    dy: Floats,
    y: Floats | undefined,
    variance: Floats,
    gamma: Floats,
    dx: Floats,
    dresidual: Floats | undefined,
  ): void;
  /** With given statistics, with respect to gamma and beta; `y` if a ReLU follows. */
  batchNormInferenceParameterGradient(
    rows: number,
    channels: number,
    epsilon: number,
    dy: Floats,
    x: Floats,
    y: Floats | undefined,
    mean: Floats,
    variance: Floats,
    dgamma: Floats,
    dbeta: Floats,
  ): void;

  /** [id, floats] of the packed form of a filter for one pass. */
  convFilterLayout(pass: number, algorithm: number, shape: Ints): [id: number, floats: number];
  convPackFilter(pass: number, algorithm: number, shape: Ints, filter: Floats, packed: Floats): void;
  convForward(
    algorithm: number,
    relu: Flag,
    shape: Ints,
    x: Floats,
    packed: Floats,
    scale: Floats | undefined,
    shift: Floats | undefined,
    mask: Floats | undefined,
    residual: Floats | undefined,
    y: Floats,
  ): void;
  convInputGradient(
    algorithm: number,
    relu: Flag,
    shape: Ints,
    dy: Floats,
    packed: Floats,
    scale: Floats | undefined,
    shift: Floats | undefined,
    mask: Floats | undefined,
    residual: Floats | undefined,
    dx: Floats,
  ): void;
  convFilterGradient(algorithm: number, shape: Ints, x: Floats, dy: Floats, dfilter: Floats): void;
  depthwiseForward(relu: Flag, shape: Ints, x: Floats, filter: Floats, bias: Floats | undefined, y: Floats): void;
  depthwiseInputGradient(shape: Ints, dy: Floats, filter: Floats, dx: Floats): void;
  depthwiseFilterGradient(shape: Ints, x: Floats, dy: Floats, dfilter: Floats): void;

  matmul(relu: Flag, shape: Ints, a: Floats, b: Floats, bias: Floats | undefined, c: Floats): void;

  sgdUpdate(
    count: number,
    learningRate: number,
    momentum: number,
    weightDecay: number,
    nesterov: Flag,
    parameter: Floats,
    velocity: Floats,
    gradient: Floats,
    newParameter: Floats,
    newVelocity: Floats,
  ): void;

  linfStep(
    count: number,
    length: number,
    epsilon: number,
    low: number,
    high: number,
    points: Floats,
    gradient: Floats,
    center: Floats,
    moved: Floats,
  ): void;
};
