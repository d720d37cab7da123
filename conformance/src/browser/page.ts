// The page that scripts/check-browsers.mjs opens: runs what its address asks for (?run=NAME, with &worker in a Web Worker) and reports the outcome to
// the server.
import { type Outcome, runNamed } from './runs.ts';

const query = new URLSearchParams(location.search);
const name = query.get('run') ?? '';
const outcome = query.has('worker') ? await runInWorker(name) : await runNamed(name);
await fetch('/report', { method: 'POST', body: JSON.stringify(outcome) });

function runInWorker(run: string): Promise<Outcome> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  return new Promise((resolve) => {
    worker.addEventListener('message', ({ data }) => resolve(data));
    worker.addEventListener('error', ({ message }) => resolve({ error: `the worker: ${message}` }));
    worker.postMessage(run);
  });
}
