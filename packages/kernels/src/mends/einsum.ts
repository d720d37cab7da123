import { backend_util, type TensorInfo, upcastType, util } from '@tensorflow/tfjs-core';

import { type Mend, type Tools, viewed } from '../mend.ts';

/** A tensor with one letter per axis. */
type Labeled = { readonly letters: string; readonly x: TensorInfo };

const NOT_TRANSPOSED = { transposeA: false, transposeB: false };

const without = (letters: string, others: string): string => [...letters].filter((l) => !others.includes(l)).join('');
const common = (letters: string, others: string): string => [...letters].filter((l) => others.includes(l)).join('');

/**
 * `Einsum` as one matrix product. The kernel of tfjs is wrong if it sums over a letter that only one operand has ('ij,k->ik', 'i,j->'), treats a
 * letter that occurs twice in the result as two axes, and returns the operand itself for an identity equation.
 */
export const einsum: Mend = ({ inputs, attrs }, tools) => {
  const operands = Object.values(inputs) as TensorInfo[]; // a list at run time; tfjs declares named inputs
  if (operands.some(({ dtype }) => dtype === 'complex64')) return undefined;
  const { terms, output } = lettersOf(attrs.equation as string, operands);
  const [first, second] = terms.map((letters, i): Labeled => ({ letters, x: operands[i] as TensorInfo })); // lettersOf checked the count
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
    () => `Error in einsum: the result of '${equation}' must not repeat a letter.`,
  );
  const terms = left.split(',');
  for (const [i, { shape }] of operands.entries()) {
    const { length } = terms[i] ?? '';
    util.assert(
      length === shape.length,
      () =>
        `Error in einsum: '${terms[i]}' in '${equation}' has ${length} axes, but the shape of the tensor is [${shape}].`,
    );
  }
  backend_util.checkEinsumDimSizes(allDims.length, idDims, [...operands] as Parameters<
    typeof backend_util.checkEinsumDimSizes
  >[2]); // reads only the shapes
  return { terms, output };
}

/** The sum over the axes of some letters. */
function summed({ letters, x }: Labeled, summedLetters: string, { run }: Tools): Labeled {
  if (summedLetters === '') return { letters, x };
  const axis = [...summedLetters].map((letter) => letters.indexOf(letter));
  return { letters: without(letters, summedLetters), x: run('Sum', { x }, { axis, keepDims: false }) };
}

/** The product, with the axes in the order [of both operands, of the first only, of the second only]. */
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
  const y = inner === '' ? tools.run('Multiply', matrices) : tools.run('BatchMatMul', matrices, NOT_TRANSPOSED);
  const lengths = new Map([...lengthsOf(left), ...lengthsOf(right)]);
  const letters = batch + rows + columns;
  const shape = [...letters].map((letter) => lengths.get(letter) ?? 1);
  return { letters, x: viewed(y, shape) };
}

/** Transposes to the given order of letters. */
function arranged({ letters, x }: Labeled, order: string, { run }: Tools): TensorInfo {
  if (letters === order) return x;
  return run('Transpose', { x }, { perm: [...order].map((letter) => letters.indexOf(letter)) });
}

/** Transposes and merges axes: one axis per group of letters. */
function grouped(all: Labeled, groups: readonly string[], tools: Tools): TensorInfo {
  const lengths = lengthsOf(all);
  const size = (group: string): number => util.sizeFromShape([...group].map((letter) => lengths.get(letter) ?? 1));
  return viewed(arranged(all, groups.join(''), tools), groups.map(size));
}

function lengthsOf({ letters, x }: Labeled): Map<string, number> {
  return new Map([...letters].map((letter, axis) => [letter, x.shape[axis] ?? 1]));
}
