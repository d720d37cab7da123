import { backend_util, type TensorInfo, upcastType, util } from '@tensorflow/tfjs-core';

import { type Mend, type Tools, viewed } from '../mend.ts';

/** A tensor, and a letter for each of its axes. */
type Labeled = { readonly letters: string; readonly x: TensorInfo };

const PLAIN = { transposeA: false, transposeB: false };

const without = (letters: string, others: string): string => [...letters].filter((l) => !others.includes(l)).join('');
const common = (letters: string, others: string): string => [...letters].filter((l) => others.includes(l)).join('');

/**
 * `Einsum` as one product of matrices. tfjs's kernel is wrong where a letter of one operand alone is summed ('ij,k->ik', 'i,j->'), takes a letter
 * that the result names twice for two axes, and returns the operand itself for an equation that changes nothing.
 */
export const einsum: Mend = ({ inputs, attrs }, tools) => {
  const operands = Object.values(inputs) as TensorInfo[]; // a list, which tfjs types as named inputs
  if (operands.some(({ dtype }) => dtype === 'complex64')) return undefined;
  const { terms, output } = lettersOf(attrs.equation as string, operands);
  const [first, second] = terms.map((letters, i): Labeled => ({ letters, x: operands[i] as TensorInfo })); // as many, as checked
  const all = second
    ? product(first as Labeled, second, output, tools)
    : summed(first as Labeled, without(terms[0] ?? '', output), tools);
  const ordered = arranged(all, output, tools);
  return tools.run('Reshape', { x: ordered }, { shape: ordered.shape });
};

function lettersOf(equation: string, operands: readonly TensorInfo[]): { terms: readonly string[]; output: string } {
  const { allDims, idDims } = backend_util.decodeEinsumEquation(equation, operands.length);
  const [left = '', output = ''] = equation.replace(/\s/g, '').split('->');
  util.assert(
    new Set(output).size === output.length,
    () => `Error in einsum: the result of '${equation}' names an axis twice.`,
  );
  const terms = left.split(',');
  for (const [i, { shape }] of operands.entries()) {
    const { length } = terms[i] ?? '';
    util.assert(
      length === shape.length,
      () => `Error in einsum: '${terms[i]}' in '${equation}' names ${length} axes, the tensor's shape is [${shape}].`,
    );
  }
  backend_util.checkEinsumDimSizes(allDims.length, idDims, [...operands] as Parameters<
    typeof backend_util.checkEinsumDimSizes
  >[2]); // reads shapes alone
  return { terms, output };
}

/** The sum over axes. */
function summed({ letters, x }: Labeled, gone: string, { run }: Tools): Labeled {
  if (gone === '') return { letters, x };
  const axis = [...gone].map((letter) => letters.indexOf(letter));
  return { letters: without(letters, gone), x: run('Sum', { x }, { axis, keepDims: false }) };
}

/** The product, its axes in the order [those of both, the first's, the second's]. */
function product(a: Labeled, b: Labeled, wanted: string, tools: Tools): Labeled {
  const dtype = upcastType(upcastType(a.x.dtype, b.x.dtype), 'int32');
  const typed = ({ letters, x }: Labeled): Labeled =>
    x.dtype === dtype ? { letters, x } : { letters, x: tools.run('Cast', { x }, { dtype }) };
  const left = summed(typed(a), without(a.letters, wanted + b.letters), tools);
  const right = summed(typed(b), without(b.letters, wanted + a.letters), tools);
  const shared = common(left.letters, right.letters);
  const [batch, inner] = [common(shared, wanted), without(shared, wanted)];
  const [rows, columns] = [without(left.letters, shared), without(right.letters, shared)];
  const matrices = {
    a: grouped(left, [batch, rows, inner], tools),
    b: grouped(right, [batch, inner, columns], tools),
  };
  const y = inner === '' ? tools.run('Multiply', matrices) : tools.run('BatchMatMul', matrices, PLAIN);
  const lengths = new Map([...lengthsOf(left), ...lengthsOf(right)]);
  const letters = batch + rows + columns;
  const shape = [...letters].map((letter) => lengths.get(letter) ?? 1);
  return { letters, x: viewed(y, shape) };
}

/** With the axes in the order of `letters`. */
function arranged({ letters, x }: Labeled, order: string, { run }: Tools): TensorInfo {
  if (letters === order) return x;
  return run('Transpose', { x }, { perm: [...order].map((letter) => letters.indexOf(letter)) });
}

/** As three axes, of several letters each. */
function grouped(all: Labeled, groups: readonly string[], tools: Tools): TensorInfo {
  const lengths = lengthsOf(all);
  const size = (group: string): number => util.sizeFromShape([...group].map((letter) => lengths.get(letter) ?? 1));
  return viewed(arranged(all, groups.join(''), tools), groups.map(size));
}

function lengthsOf({ letters, x }: Labeled): Map<string, number> {
  return new Map([...letters].map((letter, axis) => [letter, x.shape[axis] ?? 1]));
}
