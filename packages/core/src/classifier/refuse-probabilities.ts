import type { Where } from '../errors/check-options.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import type { OutputSource } from './output-sources.ts';

/**
 * Refuses a model that returns probabilities: the gradient of cross-entropy of probabilities is not that of logits, so attacks would fail and the model
 * would look robust. Logarithms of probabilities are logits.
 * @throws {InvalidArgumentError} that names the layer that makes them, and says what to write.
 */
export function refuseProbabilities(where: Where, sources: readonly OutputSource[]): void {
  const makes = ({ activation }: OutputSource): boolean => activation === 'softmax' || activation === 'sigmoid';
  const [source] = sources;
  if (!source || !sources.every(makes)) return;
  const { layer, activation, passed } = source;
  const place = passed.length === 0 ? `its last layer '${layer.name}'` : `its layer '${layer.name}'`;
  const after =
    passed.length === 0
      ? ''
      : `, and ${passed.map(({ name }) => `'${name}'`).join(', ')} after it only pass${passed.length === 1 ? 'es' : ''} probabilities on`;
  const hint =
    activation === 'softmax'
      ? 'For a classifier of its logits, which shares the weights, write logitsClassifier(model) in place of the model.'
      : 'Sigmoid outputs are independent yes/no answers, one per class, not a distribution over the classes: end the model in a dense layer without activation and train that.';
  throw new InvalidArgumentError(
    `${where}: the model must end in logits, but ${place} applies ${activation}${after}. ${hint} For probabilities use tf.softmax(logits).`,
    { argument: 'model', received: activation },
  );
}
