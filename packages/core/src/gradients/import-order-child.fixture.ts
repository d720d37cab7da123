import * as tf from '@tensorflow/tfjs-core';

/** The action of each word on the command line; they run in order. */
const STEPS: Readonly<Record<string, () => unknown>> = {
  gradients: () => import('./index.ts'),
  core: () => import('../index.ts'),
  layers: () => import('@tensorflow/tfjs-layers'),
  differentiate: () =>
    tf
      .grad((x) => tf.sum(tf.mirrorPad(x, [[1, 1]], 'reflect')))(tf.tensor1d([1, 2, 3]))
      .dispose(),
  // A gradient registered by the user. No gradient of tfjs gives -1 here.
  user: () =>
    tf.registerGradient({ kernelName: 'Relu', gradFunc: (dy) => ({ x: () => tf.fill((dy as tf.Tensor).shape, -1) }) }),
  userOfFirst: () =>
    tf.registerGradient({ kernelName: 'Abs', gradFunc: (dy) => ({ x: () => tf.fill((dy as tf.Tensor).shape, -1) }) }),
  userOfLast: () => tf.registerGradient({ kernelName: 'ZerosLike', gradFunc: () => ({ x: () => tf.scalar(-1) }) }),
};

await import('@tensorflow/tfjs-backend-cpu');
for (const step of process.argv.slice(2)) await STEPS[step]?.();

const x = tf.tensor1d([1, 2, 3]);
const gradientOf = (f: (x: tf.Tensor) => tf.Tensor): number[] => [
  ...tf
    .grad((at) => tf.sum(f(at)))(x)
    .dataSync(),
];
process.stdout.write(
  JSON.stringify({
    mirrored: gradientOf((at) => tf.mirrorPad(at, [[1, 1]], 'reflect')),
    relu: gradientOf(tf.relu),
    abs: gradientOf(tf.abs),
    ofLast: String(tf.getGradient('ZerosLike').gradFunc).includes('scalar'),
  }),
);
