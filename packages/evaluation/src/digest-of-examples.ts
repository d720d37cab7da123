import { sha256 } from '@st/core/kit';

/** The entry of one example in the digest of a data set: the SHA-256 of its float32 pixels, and its label. */
export function digestOfExample(imageHash: string, label: number): string {
  return `${imageHash} ${label}`;
}

/** SHA-256 over the entries of the evaluated examples, in order. The report identifies its examples by it. */
export async function digestOfExamples(examples: readonly string[]): Promise<string> {
  return sha256(examples.join('\n'));
}
