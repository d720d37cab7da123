import './fail-on-console.ts';
import '@tensorflow/tfjs-layers'; // registers the gradients
import { useBackend } from '@st/backend';

import { testBackend } from './test-backend.ts';

await useBackend(testBackend());
