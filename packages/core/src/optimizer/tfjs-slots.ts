import * as tf from '@tensorflow/tfjs-core';

import type { NamedVariable } from '../classifier/classifier.ts';
import { checkKind } from '../errors/check-kind.ts';
import { checkNumber, checkObject } from '../errors/check-options.ts';
import { checkTensor } from '../errors/check-tensor.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { isObject } from '../errors/kind-of-value.ts';
import type { OptimizerState, TrainOptimizer } from './train-optimizer.ts';

const WHERE = '[@st/core] tfjsOptimizer';

/** One slot of a tfjs optimizer, which has lists of them: one per parameter, by position. */
type Slot = { originalName: string; variable: tf.Variable };

/** The members of tfjs's optimizers that hold their state: lists of slots, and numbers. */
const MEMBERS: Readonly<Record<string, { readonly slots: readonly string[]; readonly numbers: readonly string[] }>> = {
  SGD: { slots: [], numbers: [] },
  Momentum: { slots: ['accumulations'], numbers: [] },
  Adagrad: { slots: ['accumulatedGrads'], numbers: [] },
  Adadelta: { slots: ['accumulatedGrads', 'accumulatedUpdates'], numbers: [] },
  RMSProp: { slots: ['accumulatedMeanSquares', 'accumulatedMoments', 'accumulatedMeanGrads'], numbers: [] },
  Adam: { slots: ['accumulatedFirstMoment', 'accumulatedSecondMoment'], numbers: ['accBeta1', 'accBeta2'] },
  Adamax: { slots: ['accumulatedFirstMoment', 'accumulatedWeightedInfNorm'], numbers: ['accBeta1', 'iteration'] },
};

/** A custom class with `state()` and `restore()`. */
type StateAccess = Pick<TrainOptimizer, 'state' | 'restore'>;

function exposesState(optimizer: object): optimizer is StateAccess {
  return ['state', 'restore'].every((method) => typeof Reflect.get(optimizer, method) === 'function');
}

/**
 * Copies of the optimizer's state, with the parameters' stable names: `accumulatedFirstMoment/conv1/kernel`, `accBeta1`; for a custom class with `state()`,
 * with its own names.
 */
export function readSlots(optimizer: tf.Optimizer, places: readonly NamedVariable[]): OptimizerState {
  if (exposesState(optimizer)) return checkState(optimizerName(optimizer), optimizer.state());
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
 * Restores the state that `readSlots` read; each slot takes the position of its parameter.
 * @throws {InvalidArgumentError} for slots that this optimizer does not have.
 */
export function writeSlots(optimizer: tf.Optimizer, places: readonly NamedVariable[], state: OptimizerState): void {
  if (exposesState(optimizer)) {
    optimizer.restore(state, places);
    return;
  }
  const { steps, slots } = state;
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
      // a variable outlives the surrounding tidy; the caller owns the tensor that it is made from
      if (value) list[i] = { originalName: `${variable.name}/${member}`, variable: tf.variable(value, false) };
    });
  }
  Reflect.set(optimizer, 'iterations_', steps);
}

function checkState(name: string, state: unknown): OptimizerState {
  checkObject(WHERE, `what state() of ${name} returns`, state, ['steps', 'slots']);
  const { steps, slots } = state as Readonly<Record<string, unknown>>;
  checkNumber(WHERE, `steps of state() of ${name}`, steps, { min: 0, integer: true });
  checkKind(WHERE, `slots of state() of ${name}`, slots, 'map');
  for (const [slot, tensor] of slots as ReadonlyMap<unknown, unknown>) {
    checkKind(WHERE, `a slot's name of state() of ${name}`, slot, 'text');
    checkTensor(WHERE, `slot '${String(slot)}' of state() of ${name}`, tensor);
  }
  return state as OptimizerState;
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
    `${WHERE}: the state of ${optimizerName(optimizer)} cannot be saved or restored: tfjs's getWeights() and setWeights() are asynchronous and round, so a run could not resume bit for bit. Give the class state() { return { steps: this.iterations, slots: new Map([['velocity0', tf.clone(this.velocity0)]]) }; } and restore({ steps, slots }), or train without a checkpoint.`,
    { argument: 'optimizer', received: optimizerName(optimizer) },
  );
}

/** The name under which tfjs registers its class; for a custom class, the name of the class. */
export function optimizerName(optimizer: tf.Optimizer): string {
  const { className } = optimizer.constructor as { className?: unknown };
  return Object.hasOwn(optimizer.constructor, 'className') && typeof className === 'string'
    ? className
    : optimizer.constructor.name;
}
