// A server on this machine that serves one bundle under several paths, each with other headers or without some of the files, and takes the
// reports of its pages.
import { createReadStream, readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };

const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};
const policy = (scripts) => ({ 'Content-Security-Policy': `default-src 'self'; img-src data:; script-src ${scripts}` });

/** The paths: the headers of each, and the files that it lacks. */
const SITES = {
  isolated: { headers: ISOLATED },
  plain: { headers: {} },
  strict: { headers: { ...ISOLATED, ...policy("'self' 'wasm-unsafe-eval'") } },
  'no-webassembly': { headers: policy("'self'") },
  'without-modules': { headers: {}, lacks: /\.wasm$/ },
  'without-thread-script': { headers: ISOLATED, lacks: /thread-worker/ },
};

/** Serves the folder `bundle` as `/SITE/...` and the files of `fixtures` as `/fixtures/...`. */
export async function serveBrowserPages({ bundle, fixtures }) {
  let takeReport = () => {};
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const [, first, ...rest] = decodeURIComponent(pathname).split('/');
    if (request.method === 'POST' && first === 'report') return takeReport(await bodyOf(request, response));
    if (first === 'fixtures') {
      if (rest.length === 0) return sendJson(response, listOf(fixtures));
      return sendFile(response, fixtures, rest.join('/'), ISOLATED);
    }
    const site = SITES[first];
    const file = rest.join('/');
    if (!site || site.lacks?.test(file)) return sendMissing(response);
    return sendFile(response, bundle, file, site.headers);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    /** The address of a run on a site: see conformance/src/browser/page.ts. */
    address: (site, run) => `http://127.0.0.1:${server.address().port}/${site}/index.html?run=${run}`,
    /** The report of the next page that sends one. */
    nextReport: () => new Promise((resolve) => (takeReport = resolve)),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function listOf(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.safetensors'))
    .map(({ name }) => name);
}

async function bodyOf(request, response) {
  let text = '';
  for await (const chunk of request) text += chunk;
  response.end();
  return JSON.parse(text);
}

function sendJson(response, value) {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}

async function sendFile(response, folder, file, headers) {
  const path = join(folder, normalize(`/${file}`));
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) return sendMissing(response);
  response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream', ...headers });
  createReadStream(path).pipe(response);
}

function sendMissing(response) {
  response.writeHead(404, { 'Content-Type': 'text/plain' }).end('There is no such file.');
}
