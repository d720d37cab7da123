// The Web Worker of page.ts: runs the name that it is sent.
import { runNamed } from './runs.ts';

self.addEventListener('message', async ({ data }) => self.postMessage(await runNamed(data)));
