import type { Classifier } from './classifier.ts';

/** The classifier with its running statistics out of reach: passes in mode `'batch-tracking'` become `'batch-frozen'`. */
export function untracked(classifier: Classifier): Classifier {
  return {
    classes: classifier.classes,
    imageShape: classifier.imageShape,
    parameters: classifier.parameters,
    statistics: classifier.statistics,
    isUntracked: true,
    logits: (images, mode) => classifier.logits(images, mode === 'batch-tracking' ? 'batch-frozen' : mode),
  };
}
