import { fgsmSearch, pgdSearch } from '@st/attacks';
import { type Classifier, type Dataset, evaluate, type Search } from '@st/core';
import { formatRadius } from '../command-line/format-setting.ts';
import type { Configuration } from './configuration.ts';
import type { AttackResult, Evaluation } from './report/report-data.ts';
import { threatOf } from './threat-of.ts';

export type FinalEvaluationOptions = {
  readonly configuration: Configuration;
  readonly signal: AbortSignal;
  /** Called after each batch with the name of the running attack and the number of images done. */
  readonly onProgress: (attack: string, done: number, total: number) => void;
};

/** Counts the test images that the model classifies correctly under each attack. */
export async function evaluateFinally(
  classifier: Classifier,
  test: Dataset,
  { configuration, signal, onProgress }: FinalEvaluationOptions,
): Promise<Evaluation> {
  const { evalExamples: examples, batchSize, seed } = configuration;
  const results: AttackResult[] = [];
  for (const { name, detail, search } of attacksOf(configuration)) {
    const { natural, adversarial } = await evaluate(classifier, test, {
      batchSize,
      examples,
      seed,
      signal,
      ...(search ? { search } : {}),
      onProgress: (_, done) => onProgress(name, done, examples),
    });
    results.push({ name, detail, correct: (adversarial ?? natural).correct });
  }
  return { dataset: test.name, examples, attacks: results };
}

type NamedAttack = Omit<AttackResult, 'correct'> & { readonly search?: Search<'adversarial'> };

function attacksOf({ evalSteps: steps, evalStepSize: stepSize, ...rest }: Configuration): readonly NamedAttack[] {
  const threat = threatOf(rest);
  const many = `${steps} steps of ${formatRadius(stepSize)}`;
  return [
    { name: 'none', detail: 'natural images' },
    {
      name: 'FGSM',
      detail: `one step of ${formatRadius(threat.epsilon)} up the cross-entropy`,
      search: fgsmSearch({ threat }),
    },
    { name: `PGD-${steps}`, detail: `${many} up the cross-entropy`, search: pgdSearch({ threat, steps, stepSize }) },
    {
      name: `CW-${steps}`,
      detail: `${many} up the margin: the largest logit of a wrong class minus that of the true class`,
      search: pgdSearch({ threat, steps, stepSize, ascend: 'margin' }),
    },
  ];
}
