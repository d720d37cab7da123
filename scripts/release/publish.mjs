// Publishes packed packages. It runs only in CI, whose identity the provenance statements name.
import { spawnSync } from 'node:child_process';
import { root } from '../install.mjs';
import { missingFields } from './pack-packages.mjs';
import { libraryPackages, PLATFORM_PACKAGES } from './published-packages.mjs';
import { runCommand } from './run-command.mjs';

/** Throws unless the packages can be published now, from here. */
export async function checkPublishable() {
  const { ACTIONS_ID_TOKEN_REQUEST_URL, NODE_AUTH_TOKEN, SIGSTORE_ID_TOKEN } = process.env;
  const identity = ACTIONS_ID_TOKEN_REQUEST_URL ?? SIGSTORE_ID_TOKEN;
  const changes = (await runCommand('git', ['status', '--porcelain'])).stdout;
  const missing = missingFields();
  const published = publishedVersions();
  const reasons = [
    changes !== '' && 'the work tree has changes: commit them',
    missing.length > 0 && `package.json of the workspace lacks ${missing.join(', ')}`,
    !identity &&
      'there is no OIDC identity for provenance: run it in GitHub Actions with id-token: write, or in GitLab CI',
    !identity && !NODE_AUTH_TOKEN && 'there is no token of npm: set NODE_AUTH_TOKEN',
    published.length > 0 && `${published.join(', ')} are published already: run npm run version`,
  ].filter(Boolean);
  if (reasons.length > 0) throw new Error(`Nothing was published:\n- ${reasons.join('\n- ')}`);
}

/** The versions to be published that the registry has. */
function publishedVersions() {
  const libraries = libraryPackages().map(({ manifest }) => manifest);
  const names = [...libraries.map(({ name }) => name), ...PLATFORM_PACKAGES];
  return names.map((name) => `${name}@${libraries[0].version}`).filter(isPublished);
}

function isPublished(version) {
  const { status, stdout } = spawnSync('npm', ['view', version, 'version'], { encoding: 'utf8' });
  return status === 0 && stdout.trim() !== '';
}

/** Publishes `{ tarball }` packages one after the other, each after the packages that it depends on. */
export async function publish(packed) {
  for (const { tarball } of packed) {
    await runCommand('npm', ['publish', tarball, '--provenance', '--access', 'public'], { cwd: root });
    console.log(`published ${tarball}`);
  }
}
