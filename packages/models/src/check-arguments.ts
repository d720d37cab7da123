import { InvalidArgumentError } from '@st/core';
import { describeValue } from '@st/core/kit';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { ELEMENT_BYTES } from './pytorch/pickle/storage-types.ts';
import type { StateTensors } from './weights/state-tensor.ts';

function refuse(where: string, argument: string, wanted: string, received: unknown): never {
  throw new InvalidArgumentError(
    `${where}: ${argument} must be ${wanted}, got ${describeValue(received)}.${adviceFor(received)}`,
    {
      argument,
      received,
    },
  );
}

function adviceFor(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  if ('then' in value) return ' Await it.';
  return 'tensors' in value && value.tensors instanceof Map ? ' Pass its tensors.' : '';
}

/** @throws {InvalidArgumentError} unless it is a model of tfjs-layers: an object with an array of layers. */
export function checkModel(where: string, model: unknown): asserts model is LayersModel {
  const isModel = typeof model === 'object' && model !== null && 'layers' in model && Array.isArray(model.layers);
  if (!isModel) refuse(where, 'model', 'a tf.LayersModel, such as resnet18({ classes: 10 })', model);
}

/** @throws {InvalidArgumentError} unless it maps names to `{ dtype, shape, data }`. */
export function checkStateTensors(where: string, tensors: unknown): asserts tensors is StateTensors {
  if (!(tensors instanceof Map)) refuse(where, 'tensors', 'a Map of names to { dtype, shape, data }', tensors);
  for (const [name, tensor] of tensors as ReadonlyMap<unknown, unknown>) {
    if (typeof name !== 'string') refuse(where, 'a name of tensors', 'text', name);
    if (!isStateTensor(tensor))
      refuse(where, `tensor ${describeValue(name)}`, '{ dtype, shape, data } with a typed array for data', tensor);
  }
}

function isStateTensor(tensor: unknown): boolean {
  if (typeof tensor !== 'object' || tensor === null || !('dtype' in tensor && 'shape' in tensor && 'data' in tensor))
    return false;
  const { dtype, shape, data } = tensor;
  const isShape = Array.isArray(shape) && shape.every((length) => Number.isSafeInteger(length) && length >= 0);
  return (
    typeof dtype === 'string' &&
    Object.hasOwn(ELEMENT_BYTES, dtype) &&
    isShape &&
    ArrayBuffer.isView(data) &&
    'length' in data
  );
}

/** @throws {InvalidArgumentError} unless it is a Uint8Array. */
export function checkBytes(where: string, bytes: unknown): asserts bytes is Uint8Array {
  if (!(bytes instanceof Uint8Array)) refuse(where, 'bytes', 'a Uint8Array, the file itself', bytes);
}

/** @throws {InvalidArgumentError} unless it is a string. */
export function checkText(where: string, argument: string, text: unknown): asserts text is string {
  if (typeof text !== 'string') refuse(where, argument, 'text', text);
}

/** @throws {InvalidArgumentError} unless it is an object. Option names are not checked, as tfjs-layers adds its own. */
export function checkObject(where: string, argument: string, value: unknown, example: string): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(where, argument, example, value);
}

/** @throws {InvalidArgumentError} unless it is an object whose name, if present, is a string. */
export function checkLayerOptions(where: string, options: unknown, example: string): void {
  checkObject(where, 'options', options, example);
  if ('name' in options && options.name !== undefined) checkText(where, 'name', options.name);
}
