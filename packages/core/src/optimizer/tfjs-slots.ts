import * as tf from '@tensorflow/tfjs-core';

import type { NamedVariable } from '../classifier/classifier.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { isObject } from '../errors/kind-of-value.ts';
import type { OptimizerState } from './train-optimizer.ts';

const WHERE = '[@st/core] tfjsOptimizer';

/** One slot as tfjs's optimizers hold it: a list of them, one a parameter, by position. */
type Slot = { originalName: string; variable: tf.Variable };

/** The stock optimizers' members that hold what they remember: lists of slots, and single numbers. */
const MEMBERS: Readonly<Record<string, { readonly slots: readonly string[]; readonly numbers: readonly string[] }>> = {
  SGD: { slots: [], numbers: [] },
  Momentum: { slots: ['accumulations'], numbers: [] },
  Adagrad: { slots: ['accumulatedGrads'], numbers: [] },
  Adadelta: { slots: ['accumulatedGrads', 'accumulatedUpdates'], numbers: [] },
  RMSProp: { slots: ['accumulatedMeanSquares', 'accumulatedMoments', 'accumulatedMeanGrads'], numbers: [] },
  Adam: { slots: ['accumulatedFirstMoment', 'accumulatedSecondMoment'], numbers: ['accBeta1', 'accBeta2'] },
  Adamax: { slots: ['accumulatedFirstMoment', 'accumulatedWeightedInfNorm'], numbers: ['accBeta1', 'iteration'] },
};

/** What the optimizer remembers, by the parameters' stable names: `accumulatedFirstMoment/conv1/kernel`, `accBeta1`. Copies. */
export function readSlots(optimizer: tf.Optimizer, places: readonly NamedVariable[]): OptimizerState {
  const { slots, numbers } = knownMembers(optimizer);
  const found = new Map<string, tf.Tensor>();
  for (const member of numbers) found.set(member, tf.clone(Reflect.get(optimizer, member) as tf.Variable));
  for (const member of slots) {
    const list = Reflect.get(optimizer, member) as readonly (Slot | undefined)[];
    places.forEach(({ name }, i) => {
      const slot = list[i];
      if (slot) found.set(`${member}/${name}`, tf.clone(slot.variable));
    });
  }
  return { steps: optimizer.iterations, slots: found };
}

/**
 * Gives the optimizer back what `readSlots` took; the parameters take the places that they have.
 * @throws {InvalidArgumentError} for slots that this optimizer does not have.
 */
export function writeSlots(
  optimizer: tf.Optimizer,
  places: readonly NamedVariable[],
  { steps, slots }: OptimizerState,
): void {
  const members = knownMembers(optimizer);
  for (const key of slots.keys()) checkSlot(optimizer, members, key);
  for (const member of members.numbers) {
    const value = slots.get(member);
    if (value) (Reflect.get(optimizer, member) as tf.Variable).assign(tf.reshape(value, []));
  }
  for (const member of members.slots) {
    const list = Reflect.get(optimizer, member) as (Slot | undefined)[];
    for (const slot of list.splice(0)) slot?.variable.dispose();
    places.forEach(({ name, variable }, i) => {
      const value = slots.get(`${member}/${name}`);
      // a variable stays when the tidy around ends; the tensor it is made of is the caller's
      if (value) list[i] = { originalName: `${variable.name}/${member}`, variable: tf.variable(value, false) };
    });
  }
  Reflect.set(optimizer, 'iterations_', steps);
}

type Members = (typeof MEMBERS)[string];

function checkSlot(optimizer: tf.Optimizer, { slots, numbers }: Members, key: string): void {
  if (numbers.includes(key) || slots.some((member) => key.startsWith(`${member}/`))) return;
  throw new InvalidArgumentError(
    `${WHERE}: slots must be those of tf.${optimizerName(optimizer)} (${[...slots, ...numbers].join(', ') || 'none'}), got ${describeValue(key)}. Is the state another optimizer's?`,
    { argument: 'slots', received: key },
  );
}

function membersOf(optimizer: tf.Optimizer): Members | undefined {
  const members = MEMBERS[optimizerName(optimizer)];
  const isThere = members?.slots.every((member) => Array.isArray(Reflect.get(optimizer, member)));
  const areNumbers = members?.numbers.every((member) => isObject(Reflect.get(optimizer, member)));
  return isThere && areNumbers ? members : undefined;
}

function knownMembers(optimizer: tf.Optimizer): Members {
  const members = membersOf(optimizer);
  if (members) return members;
  throw new InvalidArgumentError(
    `${WHERE}: the state of ${optimizerName(optimizer)} cannot be saved or restored, because tfjs tells it of its own optimizers alone, in a form that resumes bit for bit. Train without a checkpoint, or implement state() and restore() as TrainOptimizer has them.`,
    { argument: 'optimizer', received: optimizerName(optimizer) },
  );
}

/** The name tfjs knows its own class by; of a class of one's own, that of the class. */
export function optimizerName(optimizer: tf.Optimizer): string {
  const { className } = optimizer.constructor as { className?: unknown };
  return Object.hasOwn(optimizer.constructor, 'className') && typeof className === 'string'
    ? className
    : optimizer.constructor.name;
}
