import type { Classifier } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs `update` at the displaced parameters w + d, then removes the displacement. The result is computed as w + (after - displaced), so
 * that weights that `update` does not change are restored bit for bit. If `update` throws, all parameters are restored.
 * @param displacements - d by stable parameter name; borrowed.
 */
export function atDisplacedWeights<T>(
  { parameters }: Classifier,
  displacements: ReadonlyMap<string, tf.Tensor>,
  update: () => T,
): T {
  const states = parameters.map(({ name, variable }) => {
    const displacement = displacements.get(name);
    const before = tf.clone(variable);
    return { variable, before, displaced: displacement ? tf.add(before, displacement) : undefined };
  });
  for (const { variable, displaced } of states) if (displaced) variable.assign(displaced);
  try {
    const result = update();
    tf.tidy(() => {
      for (const { variable, before, displaced } of states) {
        if (displaced) variable.assign(tf.add(before, tf.sub(variable, displaced)));
      }
    });
    return result;
  } catch (error) {
    for (const { variable, before } of states) variable.assign(before);
    throw error;
  } finally {
    for (const { before, displaced } of states) tf.dispose(displaced ? [before, displaced] : [before]);
  }
}
