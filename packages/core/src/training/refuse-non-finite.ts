import { stateVariables } from '../classifier/weight-values.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import type { LossValues } from './fit-event.ts';
import { type FitRun, stepsAt } from './fit-run.ts';

/** Number of weights that an error names. */
const SHOWN = 3;

/**
 * Ends a run whose loss is not finite.
 * @throws {InvalidArgumentError} that names the first term that is NaN or infinite, and such weights.
 */
export async function refuseNonFinite(run: FitRun, losses: LossValues): Promise<void> {
  const [term, value] = firstNonFinite(losses) ?? [];
  if (term === undefined) return;
  const weights = await nonFiniteWeights(run);
  const reported = weights.length > 0 ? describe(weights) : 'All weights are still finite.';
  refuse(run, `the loss must be finite, got ${term} = ${value}`, stepsAt(run, run.position) + 1, reported, value);
}

/**
 * Ends a run whose weights are NaN or infinite, before a loss shows it.
 * @throws {InvalidArgumentError} that names the first of them.
 */
export async function refuseNonFiniteWeights(run: FitRun): Promise<void> {
  const weights = await nonFiniteWeights(run);
  const [first] = weights;
  if (!first) return;
  const { name, value } = first;
  refuse(
    run,
    `the weights must be finite, got ${value} in '${name}'`,
    stepsAt(run, run.position),
    describe(weights),
    value,
  );
}

/** The first term that is not finite; `total` last, because it only sums the others. */
function firstNonFinite(losses: LossValues): readonly [string, number] | undefined {
  const wrong = Object.entries(losses).filter(([, value]) => !Number.isFinite(value));
  return wrong.find(([term]) => term !== 'total') ?? wrong[0];
}

type Found = { readonly name: string; readonly value: number };

async function nonFiniteWeights({ classifier }: FitRun): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const { name, variable } of stateVariables(classifier)) {
    const value = (await variable.data()).find((number: number) => !Number.isFinite(number));
    if (value !== undefined) found.push({ name, value });
  }
  return found;
}

function describe(weights: readonly Found[]): string {
  const shown = weights.slice(0, SHOWN).map(({ name, value }) => `'${name}' (${value})`);
  const more = weights.length > SHOWN ? ` and ${weights.length - SHOWN} more` : '';
  return `Not finite after the update: ${shown.join(', ')}${more}.`;
}

function refuse(run: FitRun, what: string, step: number, weights: string, received: unknown): never {
  const { position, saved, store } = run;
  const kept =
    store && saved
      ? `'${store.name}' keeps the state after step ${stepsAt(run, saved)}.`
      : 'No checkpoint was written.';
  throw new InvalidArgumentError(
    `[@st/core] fit: ${what} at epoch ${position.epoch}, step ${step}. ${weights} Training has diverged: lower the learning rate, or look for NaN in the data. ${kept}`,
    { argument: 'objective', received },
  );
}
