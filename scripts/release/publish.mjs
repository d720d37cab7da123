// Publishes packed packages. It runs only in CI, whose identity the provenance statements name.
import { spawnSync } from 'node:child_process';
import { root } from '../install.mjs';
import { missingFields } from './pack-packages.mjs';
import { runCommand } from './run-command.mjs';

/** Throws unless the packages can be published now, from here. */
export async function checkPublishable(packages) {
  const missing = missingFields();
  const { ACTIONS_ID_TOKEN_REQUEST_URL, NODE_AUTH_TOKEN, SIGSTORE_ID_TOKEN } = process.env;
  const identity = ACTIONS_ID_TOKEN_REQUEST_URL ?? SIGSTORE_ID_TOKEN;
  const reasons = [
    ...((await runCommand('git', ['status', '--porcelain'])).stdout === ''
      ? []
      : ['the work tree has changes: commit them']),
    ...(missing.length > 0 ? [`package.json of the workspace lacks ${missing.join(', ')}`] : []),
    ...(identity
      ? []
      : ['there is no OIDC identity for provenance: run it in GitHub Actions with id-token: write, or in GitLab CI']),
    ...(identity || NODE_AUTH_TOKEN ? [] : ['there is no token of npm: set NODE_AUTH_TOKEN']),
    ...packages
      .filter(({ manifest }) => isPublished(manifest))
      .map(({ manifest }) => `${manifest.name}@${manifest.version} is published already: run npm run version`),
  ];
  if (reasons.length > 0) throw new Error(`Nothing was published:\n- ${reasons.join('\n- ')}`);
}

function isPublished({ name, version }) {
  return spawnSync('npm', ['view', `${name}@${version}`, 'version'], { encoding: 'utf8' }).stdout.trim() === version;
}

/** Publishes `{ tarball }` packages one after the other, each after the packages that it depends on. */
export async function publish(packed) {
  for (const { tarball } of packed) {
    await runCommand('npm', ['publish', tarball, '--provenance', '--access', 'public'], { cwd: root });
    console.log(`published ${tarball}`);
  }
}
