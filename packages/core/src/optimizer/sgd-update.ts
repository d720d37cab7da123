import * as tf from '@tensorflow/tfjs-core';

/** The hyperparameters of one SGD update. */
export type SgdRule = {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
};

/**
 * One step of PyTorch's SGD on one parameter w with gradient g and velocity v:
 * g' = g + weightDecay * w; v' = momentum * v + g' (v' = g' at the first step); w' = w - learningRate * (nesterov ? g' + momentum * v' : v').
 * Assigns w' to `parameter`. Runs inside the caller's tidy.
 * @returns v', owned by that tidy; null without momentum.
 */
export function sgdUpdate(
  parameter: tf.Variable,
  gradient: tf.Tensor,
  velocity: tf.Tensor | undefined,
  rule: SgdRule,
): tf.Tensor | null {
  const { learningRate, momentum, weightDecay, nesterov } = rule;
  if (momentum > 0 && hasFusedKernel()) return fusedUpdate(parameter, gradient, velocity, rule);
  const decayed = weightDecay > 0 ? tf.add(gradient, tf.mul(parameter, weightDecay)) : gradient;
  const moved = velocity ? tf.add(tf.mul(velocity, momentum), decayed) : decayed;
  const direction = nesterov ? tf.add(decayed, tf.mul(moved, momentum)) : moved;
  parameter.assign(tf.sub(parameter, tf.mul(direction, learningRate)));
  return momentum > 0 ? moved : null;
}

/** A kernel that some back ends have: it does the whole update in one pass over the parameter. Otherwise it takes six ops of tfjs. */
const FUSED_KERNEL = 'StSgd';

function hasFusedKernel(): boolean {
  const found: tf.KernelConfig | undefined = tf.getKernel(FUSED_KERNEL, tf.getBackend());
  return found !== undefined;
}

function fusedUpdate(
  parameter: tf.Variable,
  gradient: tf.Tensor,
  velocity: tf.Tensor | undefined,
  rule: SgdRule,
): tf.Tensor {
  const inputs = { parameter, velocity: velocity ?? tf.zerosLike(gradient), gradient };
  const [moved, newVelocity] = tf.engine().runKernel(FUSED_KERNEL, inputs, { ...rule }) as [tf.Tensor, tf.Tensor];
  parameter.assign(moved);
  return newVelocity;
}
