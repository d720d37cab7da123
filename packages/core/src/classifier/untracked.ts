import { checkClassifier } from './check-classifier.ts';
import type { Classifier } from './classifier.ts';

/** The classifier without updates of its running statistics: passes in mode `'batch-tracking'` run in mode `'batch-frozen'`. */
export function untracked(classifier: Classifier): Classifier {
  checkClassifier('[@st/core] untracked', classifier);
  return {
    classes: classifier.classes,
    imageShape: classifier.imageShape,
    get parameters() {
      return classifier.parameters;
    },
    get statistics() {
      return classifier.statistics;
    },
    ...(classifier.penalty && { penalty: classifier.penalty }),
    ...(classifier.output && { output: classifier.output }),
    isUntracked: true,
    logits: (images, mode) => classifier.logits(images, mode === 'batch-tracking' ? 'batch-frozen' : mode),
  };
}
