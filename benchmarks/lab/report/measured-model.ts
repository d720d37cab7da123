import type { Method } from '../experiment.ts';
import type { AutoAttackResult, CollaborativeResult, CostResult, Results, TrainingResult } from '../results.ts';

/** A trained model with its measurements; those that are not done yet are null. */
export type MeasuredModel = {
  readonly name: string;
  readonly training: TrainingResult;
  readonly autoattack: AutoAttackResult | null;
  readonly collaborative: CollaborativeResult | null;
  readonly cost: CostResult | null;
};

/** Every model with a finished training. */
export function measuredModels(results: Results): readonly MeasuredModel[] {
  return results.names('training').flatMap((name) => {
    const training = results.read(name, 'training');
    if (training === null) return [];
    return [
      {
        name,
        training,
        autoattack: results.read(name, 'autoattack'),
        collaborative: results.read(name, 'collaborative'),
        cost: results.read(name, 'cost'),
      },
    ];
  });
}

/** A network, a length and what was trained so. */
export type SeriesOfModels = {
  readonly network: string;
  readonly epochs: number;
  readonly models: readonly MeasuredModel[];
};

/** The models by network and length. */
export function seriesOf(models: readonly MeasuredModel[]): readonly SeriesOfModels[] {
  const keys = [...new Set(models.map(keyOf))];
  return keys.map((key) => {
    const own = models.filter((model) => keyOf(model) === key);
    const { network, epochs } = (own[0] as MeasuredModel).training.experiment;
    return { network, epochs, models: own };
  });
}

const keyOf = ({ training: { experiment } }: MeasuredModel): string => `${experiment.network}, ${experiment.epochs}`;

/** The order of the tables. */
export const METHODS: readonly Method[] = ['natural', 'AT', 'TRADES', 'MART', 'ST', 'ST + AWP'];
