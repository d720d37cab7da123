import { sha256 } from '../sha256.ts';
import { checkClassifier } from './check-classifier.ts';
import type { Classifier } from './classifier.ts';

/**
 * SHA-256 of a classifier's weights and running statistics (names, shapes and values, in the model's order), in hexadecimal. Reports and pseudo-labels
 * identify a model by it.
 * @returns Null for a function without variables, because its weights are not accessible.
 */
export async function digestOfModel(classifier: Classifier): Promise<string | null> {
  const { parameters, statistics } = checkClassifier('[@st/core] digestOfModel', classifier);
  const variables = [...parameters, ...statistics];
  if (variables.length === 0) return null;
  const parts: string[] = [];
  for (const { name, variable } of variables) {
    const values = await variable.data();
    const hash = await sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    parts.push(`${name} [${variable.shape}] ${hash}`);
  }
  return sha256(parts.join('\n'));
}
