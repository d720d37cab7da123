import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** A tensor with one letter per axis. */
type Labeled = { readonly labels: string; readonly tensor: Tensor };

/** The letters of an equation's operands and of its result: `ij,jk->ik`. */
export function operandLabels(equation: string): { readonly inputs: readonly string[]; readonly output: string } {
  const [left = '', output = ''] = equation.replace(/\s/g, '').split('->');
  return { inputs: left.split(','), output };
}

const without = (labels: string, others: string): string =>
  [...labels].filter((label) => !others.includes(label)).join('');
const common = (labels: string, others: string): string =>
  [...labels].filter((label) => others.includes(label)).join('');

/**
 * Multiplies the two tensors, sums over all letters that `onto` lacks, and broadcasts along the letters of `onto` that neither tensor has. Runs as one
 * matrix product. The gradient of an einsum with respect to one operand is the contraction of dy with the other operand.
 */
export function contract(
  first: Labeled,
  second: Labeled | undefined,
  onto: { readonly labels: string; readonly shape: number[] },
): Tensor {
  const lengths = new Map([...onto.labels].map((label, axis) => [label, onto.shape[axis] ?? 1]));
  const { labels, tensor } = second ? product(first, second, onto.labels) : summed(first, onto.labels);
  const ordered = common(onto.labels, labels);
  const arranged = tf.transpose(
    tensor,
    [...ordered].map((label) => labels.indexOf(label)),
  );
  const kept = [...onto.labels].map((label) => (labels.includes(label) ? (lengths.get(label) ?? 1) : 1));
  return tf.broadcastTo(tf.reshape(arranged, kept), onto.shape);
}

/** Sums over the letters that are not in `wanted`. */
function summed({ labels, tensor }: Labeled, wanted: string): Labeled {
  const gone = [...without(labels, wanted)].map((label) => labels.indexOf(label));
  return { labels: common(labels, wanted), tensor: gone.length > 0 ? tf.sum(tensor, gone) : tensor };
}

function product(a: Labeled, b: Labeled, wanted: string): Labeled {
  const left = summed(a, wanted + b.labels);
  const right = summed(b, wanted + a.labels);
  const shared = common(left.labels, right.labels);
  const [batch, inner] = [common(shared, wanted), without(shared, wanted)];
  const [rows, columns] = [without(left.labels, right.labels), without(right.labels, left.labels)];
  const matrices = tf.matMul(arranged(left, [batch, rows, inner]), arranged(right, [batch, inner, columns]));
  const length = (label: string): number =>
    left.tensor.shape[left.labels.indexOf(label)] ?? right.tensor.shape[right.labels.indexOf(label)] ?? 1;
  const labels = batch + rows + columns;
  return { labels, tensor: tf.reshape(matrices, [...labels].map(length)) };
}

/** Transposes and reshapes to one axis per group of letters: [batch, rows, columns]. */
function arranged({ labels, tensor }: Labeled, groups: readonly string[]): Tensor {
  const order = [...groups.join('')].map((label) => labels.indexOf(label));
  const size = (group: string): number =>
    [...group].reduce((all, label) => all * (tensor.shape[labels.indexOf(label)] ?? 1), 1);
  return tf.reshape(tf.transpose(tensor, order), groups.map(size));
}
