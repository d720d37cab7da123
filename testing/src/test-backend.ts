/** The back end that this run of the tests is about, from ST_TEST_BACKEND. */
export function testBackend(): string {
  return process.env.ST_TEST_BACKEND ?? 'cpu';
}
