/** Whether this runs under Node or a compatible runtime, where packages can be resolved by name at run time. */
export function isNode(): boolean {
  return typeof process !== 'undefined' && process.versions?.node !== undefined;
}
