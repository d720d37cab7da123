import * as tf from '@tensorflow/tfjs-core';

import { checkKinds } from './check-kind.ts';
import { checkObject, type Where } from './check-options.ts';
import { describeValue } from './describe-value.ts';
import { InvalidArgumentError, ShapeError } from './errors.ts';
import { isPromise } from './kind-of-value.ts';

/** The form that a tensor must have. */
export type TensorForm = {
  /** Default: any. */
  readonly dtype?: tf.DataType;
  /** Sizes, and names for free ones: `['batch', 'classes']`, `[2, 'height', 'width', 3]`. Default: any. */
  readonly shape?: readonly (number | string)[];
  /** How to fix the value; added to the message. */
  readonly hint?: string;
};

/**
 * Refuses a value that is not a tensor of the form. Reads no values, so it is cheap enough for every step.
 * @throws {InvalidArgumentError} for a value that is not a tensor, or is disposed.
 * @throws {ShapeError} for another rank, shape or dtype: `<where>: images must be float32 [batch, 32, 32, 3], got Tensor int32 [32,32,3].`
 */
export function checkTensor<T extends tf.Tensor = tf.Tensor>(
  where: Where,
  argument: string,
  value: unknown,
  form: TensorForm = {},
): asserts value is T {
  checkForm(where, form);
  if (!(value instanceof tf.Tensor)) {
    const hint = isPromise(value) ? ' Await it first.' : form.hint ? ` ${form.hint}` : '';
    throw new InvalidArgumentError(
      `${where}: ${argument} must be ${describeForm(form)}, got ${describeValue(value)}.${hint}`,
      { argument, received: value },
    );
  }
  if (value.isDisposed) {
    throw new InvalidArgumentError(
      `${where}: ${argument} must be ${describeForm(form)}, got a tensor that is disposed. Dispose it later, or tf.keep it.`,
      { argument, received: value },
    );
  }
  if (hasForm(value, form)) return;
  throw new ShapeError(
    `${where}: ${argument} must be ${describeForm(form)}, got ${describeValue(value)}.${form.hint ? ` ${form.hint}` : ''}`,
    { argument, received: value.shape },
  );
}

function checkForm(where: Where, form: TensorForm): void {
  checkObject(where, 'form', form, ['dtype', 'shape', 'hint']);
  checkKinds(where, form, { dtype: 'text', shape: 'list', hint: 'text' });
}

function hasForm(tensor: tf.Tensor, { dtype, shape }: TensorForm): boolean {
  if (dtype !== undefined && tensor.dtype !== dtype) return false;
  if (shape === undefined) return true;
  return (
    shape.length === tensor.rank && shape.every((size, axis) => typeof size === 'string' || size === tensor.shape[axis])
  );
}

function describeForm({ dtype, shape }: TensorForm): string {
  const kind = dtype ?? 'a tensor';
  return shape ? `${kind} [${shape.join(', ')}]` : dtype ? `a tensor of ${dtype}` : kind;
}
