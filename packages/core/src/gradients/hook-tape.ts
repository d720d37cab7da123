import { engine, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import { splitComplex } from './complex-nodes.ts';
import { composedGradient } from './composed.ts';
import { fusedGradient, noteFused } from './fused.ts';
import { missingGradient } from './missing-gradient.ts';
import { type Backward, rememberPruned, type TapeNode } from './tape-node.ts';

type Inputs = { readonly [name: string]: Tensor | undefined };

/** The private methods of the engine that record a kernel on the tape. */
type Hooked = Omit<ReturnType<typeof engine>, 'runKernel'> & {
  addTapeNode(
    ...node: readonly [name: string, Inputs, outputs: Tensor[], Backward | null, saved: Tensor[], attrs: object]
  ): void;
  getTensorsForGradient(name: string, inputs: Inputs, outputs: Tensor[]): (Tensor | undefined)[];
  runKernel(name: string, inputs: NamedTensorMap, attrs?: object): Tensor | Tensor[];
};

/** Inputs that the output does not depend on continuously: indices, counts and conditions. They have no gradient. */
const WITHOUT_GRADIENT: Readonly<Record<string, readonly string[]>> = {
  Bincount: ['x'],
  CropAndResize: ['boxInd'],
  DenseBincount: ['x'],
  GatherNd: ['indices'],
  GatherV2: ['indices'],
  OneHot: ['indices'],
  ScatterNd: ['indices'],
  Select: ['condition'],
  SparseFillEmptyRows: ['indices', 'denseShape'],
  SparseSegmentMean: ['indices', 'segmentIds'],
  SparseSegmentSum: ['indices', 'segmentIds'],
  SparseToDense: ['sparseIndices'],
  TensorScatterUpdate: ['indices'],
  Transform: ['transforms'],
  UnsortedSegmentSum: ['segmentIds'],
};

/** By kernel: the indices of outputs that have no gradient, although other outputs of the kernel have one. */
const OUTPUTS_WITHOUT_GRADIENT: Readonly<Record<string, readonly number[]>> = {
  SparseFillEmptyRows: [0, 2, 3],
  TopK: [1],
};

/**
 * Corrects each node as it is added to the engine's tape, where a registered gradient cannot:
 * - Omitted inputs (`batchNorm` without scale or offset) are dropped; tfjs fails on them at `undefined.id`.
 * - Inputs without a gradient, such as the condition of `where`, are dropped, so that back-propagation does not reach the comparison before them.
 * - Complex tensors become pairs of real ones (`complex-nodes.ts`); tfjs cannot back-propagate through complex tensors.
 * - tfjs saves a copy of the output of `exp`, `sigmoid`, `tanh` and softmax, and records that copy before the kernel, so that the second gradient
 *   treats the output as a constant. The kernel's node is moved before the copy.
 * - Fused kernels, whose gradients tfjs defines inside the operation (`fused.ts`), and a few composed operations (`composed.ts`) get our gradients.
 */
export function hookTape(): void {
  const shared = engine() as unknown as Hooked;
  const { addTapeNode, getTensorsForGradient, runKernel } = shared;
  shared.getTensorsForGradient = (name, inputs, outputs) =>
    getTensorsForGradient.call(shared, name, inputs, outputs).filter((tensor) => tensor !== undefined);
  shared.runKernel = (name, inputs, attrs) => {
    const result = runKernel.call(shared, name, inputs, attrs);
    noteFused(name, attrs, result);
    return result;
  };
  shared.addTapeNode = (name, inputs, outputs, backward, saved, attrs) => {
    addTapeNode.call(shared, name, inputs, outputs, backward, saved, attrs);
    const tape = shared.state.activeTape as TapeNode[];
    const node = tape.at(-1) as TapeNode;
    moveBeforeOutputCopies(node, tape);
    prune(node, name, inputs);
    const gradient = fusedGradient(name, inputs, saved) ?? composedGradient(name, saved);
    if (gradient) node.gradient = gradient;
    guardOutputs(node, name);
    splitComplex(node, attrs);
  };
}

/** Moves a node before the copies of its outputs: the nodes just before it whose only input is one of those outputs. */
function moveBeforeOutputCopies(node: TapeNode, tape: TapeNode[]): void {
  let first = tape.length - 1;
  const isCopy = (other: TapeNode | undefined): boolean => {
    const [input, ...more] = Object.values(other?.inputs ?? {});
    return input !== undefined && more.length === 0 && node.outputs.includes(input);
  };
  while (first > 0 && isCopy(tape[first - 1])) first--;
  if (first === tape.length - 1) return;
  tape.pop();
  tape.splice(first, 0, node);
}

function prune(node: TapeNode, name: string, inputs: Inputs): void {
  const without = WITHOUT_GRADIENT[name] ?? [];
  const entries = Object.entries(inputs).filter((entry): entry is [string, Tensor] => entry[1] !== undefined);
  if (without.length === 0 && entries.length === Object.keys(inputs).length) return;
  node.inputs = Object.fromEntries(entries.filter(([input]) => !without.includes(input)));
  const pruned = entries.filter(([input]) => without.includes(input)).map(([, tensor]) => tensor.id);
  if (pruned.length > 0) rememberPruned(node, pruned);
}

function guardOutputs(node: TapeNode, name: string): void {
  const without = OUTPUTS_WITHOUT_GRADIENT[name];
  const { gradient } = node;
  if (!without || !gradient) return;
  node.gradient = (dys) => {
    if (without.some((i) => dys[i])) throw missingGradient(name);
    return gradient(dys);
  };
}
