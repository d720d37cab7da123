// An npm registry with nothing but the packed packages, so that package managers resolve them as they will after publication: dependencies, optional
// dependencies of the platform, peers. Everything else comes from the real registry, since only the scope @st is directed here.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename } from 'node:path';

/** Managers may refuse a version in its first days; it is served as older. */
const AGE_MS = 30 * 24 * 3600 * 1000;

/** Serves `{ manifest, tarball }` packages on a free port; returns the registry's address and the function that closes it. */
export async function serveRegistry(packed) {
  const packages = new Map(packed.map((found) => [found.manifest.name, found]));
  const tarballs = new Map(packed.map(({ tarball }) => [basename(tarball), tarball]));
  const server = createServer((request, response) => {
    response.setHeader('cache-control', 'no-store'); // the next run may serve other packages at this address
    const path = decodeURIComponent(new URL(request.url, url).pathname).slice(1);
    const tarball = tarballs.get(basename(path));
    const found = packages.get(path);
    if (tarball) response.end(readFileSync(tarball));
    else if (found) response.setHeader('content-type', 'application/json').end(JSON.stringify(packument(found, url)));
    else response.writeHead(404).end('{"error":"not found"}');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  return { url, close: () => server.close().closeAllConnections() };
}

function packument({ manifest, tarball }, url) {
  const { name, version } = manifest;
  const bytes = readFileSync(tarball);
  const dist = {
    tarball: `${url}${name}/-/${basename(tarball)}`,
    integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
    shasum: createHash('sha1').update(bytes).digest('hex'),
  };
  const published = new Date(Date.now() - AGE_MS).toISOString();
  return {
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, _id: `${name}@${version}`, dist } },
    time: { created: published, modified: published, [version]: published },
  };
}
