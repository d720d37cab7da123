import type { Classifier } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs `update` with some parameters displaced and takes the displacement back after it: w + d before, and afterwards what `update` made
 * of it less d, computed as w + (after - displaced), so that weights it left alone come back bit for bit. If it throws, all parameters
 * are those from before.
 * @param displacements - By the parameters' stable names; borrowed.
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
