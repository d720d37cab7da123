import './fail-on-console.ts';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers the gradients
import { testBackend } from './test-backend.ts';

if (testBackend() === 'wasm') {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(entry) + sep);
}
await tf.setBackend(testBackend());
Reflect.set(tf.backend(), 'firstUse', false); // keeps tfjs from printing its advertisement for tfjs-node
