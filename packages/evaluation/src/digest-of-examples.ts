import { sha256 } from '@st/core/kit';

/** One example as the digest of a data set takes it: the SHA-256 of its float32 pixels, and its label. */
export function digestOfExample(imageHash: string, label: number): string {
  return `${imageHash} ${label}`;
}

/** SHA-256 over images and their labels, in order: what a report names its examples by. */
export async function digestOfExamples(examples: readonly string[]): Promise<string> {
  return sha256(examples.join('\n'));
}
