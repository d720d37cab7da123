/** `Promise.all` that throws only when all have ended, so that none still works in a folder that is then removed. */
export async function waitForAll(promises) {
  const outcomes = await Promise.allSettled(promises);
  const failure = outcomes.find(({ status }) => status === 'rejected');
  if (failure) throw failure.reason;
  return outcomes.map(({ value }) => value);
}
