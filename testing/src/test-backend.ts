import { BACKENDS, type BackendName } from '@st/backend';

/** The back end under test, from ST_TEST_BACKEND. */
export function testBackend(): BackendName {
  const name = process.env.ST_TEST_BACKEND ?? 'cpu';
  const found = BACKENDS.find((backend) => backend === name);
  if (found === undefined) throw new Error(`ST_TEST_BACKEND must be one of ${BACKENDS.join(', ')}, got '${name}'.`);
  return found;
}
