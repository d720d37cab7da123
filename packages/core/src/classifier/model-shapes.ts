import type { LayersModel } from '@tensorflow/tfjs-layers';

import type { Where } from '../errors/check-options.ts';
import { ShapeError } from '../errors/errors.ts';
import type { Classifier } from './classifier.ts';

type Shapes = Pick<Classifier, 'classes' | 'imageShape'>;

/**
 * The input and output shapes of a model.
 * @throws {ShapeError} if it does not map one tensor of images `[batch, height, width, channels]` to `[batch, classes]`.
 */
export function checkModelShapes(where: Where, model: LayersModel): Shapes {
  const imageShape = checkImageShape(where, model);
  return { imageShape, classes: checkClasses(where, model) };
}

/**
 * `[height, width, channels]` of the model's images; null for any size.
 * @throws {ShapeError} for another input, or several.
 */
export function checkImageShape(where: Where, { inputs }: LayersModel): Classifier['imageShape'] {
  const shape = inputs?.length === 1 ? inputs[0]?.shape : undefined;
  if (shape?.length === 4) return [shape[1] ?? null, shape[2] ?? null, shape[3] ?? null];
  const got = inputs?.map((input) => `[${input.shape}]`).join(', ') || 'none yet';
  const hint =
    inputs?.length === 1
      ? 'Put a reshape layer first if it takes flat vectors.'
      : inputs?.length
        ? 'Fix the other inputs: asClassifier((images) => model.apply([images, other]), { classes: 10 }).'
        : 'Give the first layer its inputShape: [32, 32, 3].';
  throw new ShapeError(
    `${where}: the model must take one input [batch, height, width, channels], got ${got}. ${hint}`,
    {
      argument: 'model',
      received: got,
    },
  );
}

function checkClasses(where: Where, { outputs }: LayersModel): number {
  const shape = outputs.length === 1 ? outputs[0]?.shape : undefined;
  const classes = shape?.length === 2 ? shape[1] : undefined;
  if (typeof classes === 'number' && classes >= 2) return classes;
  const got = outputs.map((output) => `[${output.shape}]`).join(', ');
  const isOne = shape?.slice(1).every((length) => length === 1);
  const hint = isOne
    ? 'For two classes with one output, z or sigmoid(z), use logitsClassifier(model): it gives the logits [0, z].'
    : outputs.length > 1
      ? 'Choose one of its heads: asClassifier(tf.model({ inputs: model.inputs, outputs: model.outputs[0] })).'
      : 'Flatten or pool before the last dense layer.';
  throw new ShapeError(
    `${where}: the model must return [batch, classes] with at least 2 classes, got ${got}. ${hint}`,
    { argument: 'model', received: got },
  );
}
