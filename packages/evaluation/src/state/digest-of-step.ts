import { type SafetensorsSource, sha256 } from '@st/core/kit';

/** All that a step of an evaluation holds. */
export type StepContent = {
  readonly evaluation: string;
  readonly label: string;
  /** Digest of the step before it; of the evaluation for the first. */
  readonly previous: string;
  /** JSON. */
  readonly values: string;
  readonly arrays: ReadonlyMap<string, SafetensorsSource>;
};

/** SHA-256 over everything that a step holds, arrays by their names, types, shapes and bytes in the order of the names. */
export async function digestOfStep({ evaluation, label, previous, values, arrays }: StepContent): Promise<string> {
  const parts: string[] = [];
  for (const [name, { shape, data }] of [...arrays].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    parts.push(JSON.stringify([name, data.constructor.name, shape, await sha256(bytes)]));
  }
  return sha256(JSON.stringify([evaluation, label, previous, values, parts]));
}
