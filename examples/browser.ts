// Squeeze training in a web page: a small network learns to tell horizontal bars from vertical ones; then one image and its adversarial example are shown.
// Bundle it with any bundler. Here: npx esbuild examples/browser.ts --bundle --format=esm --outfile=page/main.js, and a page with
// <script type="module" src="main.js"></script>. The `cpu` back end needs no files beside it; `@tensorflow/tfjs-backend-wasm` is faster.
import '@tensorflow/tfjs-backend-cpu';
import { linf, pgdSearch, squeezeTraining } from '@st/attacks';
import { asClassifier, createRng, SGD, trainStep } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';

const SIZE = 16;
const EPSILON = 0.05;

/** A light bar on a dark background at a random position: class 0 is horizontal, class 1 vertical. */
function drawBars(count: number): { images: tf.Tensor4D; labels: tf.Tensor1D } {
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  const pixels = Array.from(labels, (label) => {
    const [x, y] = [4 + 8 * Math.random(), 4 + 8 * Math.random()];
    const [width, height] = label === 0 ? [5, 2] : [2, 5];
    const isInside = (i: number): boolean =>
      Math.abs((i % SIZE) - x) < width && Math.abs(Math.floor(i / SIZE) - y) < height;
    return Array.from({ length: SIZE * SIZE }, (_, i) => (isInside(i) ? 0.7 : 0.3));
  });
  return { images: tf.tensor4d(pixels.flat(), [count, SIZE, SIZE, 1]), labels: tf.tensor1d(labels, 'int32') };
}

function say(text: string): void {
  document.body.append(Object.assign(document.createElement('p'), { textContent: text }));
}

async function show(image: tf.Tensor3D): Promise<void> {
  const bytes = Uint8ClampedArray.from(await tf.image.resizeNearestNeighbor(image, [128, 128]).data(), (v) => 255 * v);
  const canvas = Object.assign(document.createElement('canvas'), { width: 128, height: 128 });
  const rgba = Uint8ClampedArray.from({ length: 4 * bytes.length }, (_, i) =>
    i % 4 === 3 ? 255 : (bytes[i >> 2] ?? 0),
  );
  canvas.getContext('2d')?.putImageData(new ImageData(rgba, 128, 128), 0, 0);
  document.body.append(canvas);
}

await tf.setBackend('cpu');
const model = sequential({
  layers: [
    layers.conv2d({ inputShape: [SIZE, SIZE, 1], filters: 8, kernelSize: 5, strides: 2, activation: 'elu' }),
    layers.flatten(),
    layers.dense({ units: 2 }), // logits
  ],
});
const classifier = asClassifier(model);
const st = squeezeTraining({ epsilon: EPSILON, steps: 3, stepSize: EPSILON / 2, beta: 1 });
const optimizer = new SGD({ learningRate: 0.03, momentum: 0.9 });
for (let step = 0; step < 150; step++) {
  const batch = drawBars(32);
  const terms = trainStep(classifier, batch, { objective: st, optimizer, rng: createRng(step) });
  if (step % 50 === 49) say(`step ${step + 1}: loss ${(await terms.total.data())[0]?.toFixed(3)}`);
  tf.dispose([terms, batch]);
}

const batch = drawBars(50);
const { adversarial } = pgdSearch({ threat: linf(EPSILON), steps: 10, stepSize: EPSILON / 4 })(
  classifier,
  batch,
  createRng(0),
);
for (const [name, images] of Object.entries({ natural: batch.images, adversarial })) {
  const isRight = tf.equal(tf.argMax(classifier.logits(images, 'inference'), 1), batch.labels);
  say(`${name} images: ${(await tf.sum(isRight).data())[0]} of 50 right`);
  await show(tf.squeeze(tf.slice(images, [0, 0, 0, 0], [1, -1, -1, -1]), [0]));
}
