import { type SafetensorsSource, sha256 } from '@st/core/kit';

/** The content of a step of an evaluation. */
export type StepContent = {
  readonly evaluation: string;
  readonly label: string;
  /** Digest of the previous step; for the first step, of the evaluation. */
  readonly previous: string;
  /** JSON. */
  readonly values: string;
  readonly arrays: ReadonlyMap<string, SafetensorsSource>;
};

/** SHA-256 over the content of a step. Arrays contribute name, type, shape and bytes, sorted by name. */
export async function digestOfStep({ evaluation, label, previous, values, arrays }: StepContent): Promise<string> {
  const parts: string[] = [];
  for (const [name, { shape, data }] of [...arrays].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    parts.push(JSON.stringify([name, data.constructor.name, shape, await sha256(bytes)]));
  }
  return sha256(JSON.stringify([evaluation, label, previous, values, parts]));
}
