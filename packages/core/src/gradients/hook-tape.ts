import { engine, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core';
import { splitComplex } from './complex-nodes.ts';
import { composedGradient } from './composed.ts';
import { fusedGradient, noteFused } from './fused.ts';
import { missingGradient } from './missing-gradient.ts';
import { type Backward, rememberPruned, type TapeNode } from './tape-node.ts';

type Inputs = { readonly [name: string]: Tensor | undefined };

/** What is used of the engine's private part: how a kernel that was run comes onto the tape. */
type Hooked = Omit<ReturnType<typeof engine>, 'runKernel'> & {
  addTapeNode(
    ...node: readonly [name: string, Inputs, outputs: Tensor[], Backward | null, saved: Tensor[], attrs: object]
  ): void;
  getTensorsForGradient(name: string, inputs: Inputs, outputs: Tensor[]): (Tensor | undefined)[];
  runKernel(name: string, inputs: NamedTensorMap, attrs?: object): Tensor | Tensor[];
};

/** Inputs that choose, count or decide: what they lead to does not change by degrees with them. */
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

/** Results, by number, of kernels of which others have a gradient. */
const OUTPUTS_WITHOUT_GRADIENT: Readonly<Record<string, readonly number[]>> = {
  SparseFillEmptyRows: [0, 2, 3],
  TopK: [1],
};

/**
 * Puts right what no registered gradient can, as a node comes onto the engine's tape:
 * - an input that was not given (`batchNorm` without scale or offset) is no input, where tfjs fails at `undefined.id`;
 * - an input without gradient, as the condition of `where`, is no way back: a comparison before it is not asked for a gradient it does not have;
 * - complex numbers, which tfjs refuses on the way back, are pairs of real ones (`complex-nodes.ts`);
 * - the copy of a result that is saved for its gradient comes onto the tape before the kernel whose result it is, so that a second gradient is
 *   that of a constant (`exp`, `sigmoid`, `tanh`, softmax): the kernel is put before it;
 * - fused kernels, whose gradients tfjs writes into the operation (`fused.ts`), and a few composed ones (`composed.ts`), get gradients of ours.
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
    putBeforeItsCopies(node, tape);
    prune(node, name, inputs);
    const gradient = fusedGradient(name, inputs, saved) ?? composedGradient(name, saved);
    if (gradient) node.gradient = gradient;
    guardOutputs(node, name);
    splitComplex(node, attrs);
  };
}

/** The copies are the nodes just before; each has the result as its one input. */
function putBeforeItsCopies(node: TapeNode, tape: TapeNode[]): void {
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
