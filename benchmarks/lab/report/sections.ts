import { mean, sampleStandardDeviation } from 'simple-statistics';

import type { StepCost } from '../results.ts';
import type { Plot } from './draw-svg.ts';
import { METHODS, type MeasuredModel, type SeriesOfModels } from './measured-model.ts';
import { type Paired, paired, rankCorrelation } from './statistics.ts';

/** A part of the page; its plots are files beside the page. */
export type Section = { readonly markdown: string; readonly plots: Readonly<Record<string, Plot>> };

/** The radius of the threat model of all trainings, in units of 1/255. */
const RADIUS = 8;

/** Accuracies by method: mean and standard deviation over the seeds. */
export function accuracySection({ network, epochs, models }: SeriesOfModels): Section {
  const rows = groupsOf(models).map(({ method, beta, own }) => {
    const shares = (attack: string): string =>
      percents(own.map(({ training: { test } }) => (test.correct[attack] ?? 0) / test.examples));
    const attacked = own.flatMap(({ autoattack }) => (autoattack ? [autoattack.robust / autoattack.examples] : []));
    const validated = own.map(({ training }) => {
      return Math.max(...training.validations.map(({ robust, examples }) => robust / examples));
    });
    const cells = [shares('none'), shares('PGD-20'), shares('CW-20'), percents(attacked), percents(validated)];
    return [method, beta === null ? '' : `${beta}`, `${own.length}`, ...cells];
  });
  const header = ['method', 'weight', 'seeds', 'natural', 'PGD-20', 'CW-20', 'AutoAttack', 'held-out images, PGD-10'];
  return { markdown: `### ${titleOf(network)}, ${epochs} epochs\n\n${table(header, rows)}\n`, plots: {} };
}

/** ST beside each other method with the same seed: on how many test images one stands under AutoAttack and the other does not. */
export function pairedSection({ network, epochs, models }: SeriesOfModels): Section {
  const st = models.filter(({ training }) => training.experiment.method === 'ST');
  const rows = st.flatMap((ours) =>
    models.filter(isComparable(ours)).flatMap((theirs) => {
      if (!ours.autoattack || !theirs.autoattack) return [];
      const result = paired(ours.autoattack.outcomes, theirs.autoattack.outcomes, 'r');
      return [[labelOf(ours), labelOf(theirs), `${ours.training.experiment.seed}`, ...pairedCells(result)]];
    }),
  );
  if (rows.length === 0) return { markdown: '', plots: {} };
  const header = ['', 'beside', 'seed', 'stands alone', 'falls alone', 'p (McNemar, exact)'];
  return {
    markdown: `#### ${titleOf(network)}, ${epochs} epochs: image by image under AutoAttack\n\n${table(header, rows)}\n`,
    plots: {},
  };
}

/** The losses at the three points, by radius. */
export function existenceSection({ network, epochs, models }: SeriesOfModels): Section {
  const measured = models.flatMap((model) => (model.collaborative ? [{ ...model, found: model.collaborative }] : []));
  if (measured.length === 0) return { markdown: '', plots: {} };
  const firstSeed = measured.filter(({ training }) => training.experiment.seed === 1);
  const rows = firstSeed.map(({ found, ...model }) => {
    const at = found.radii.find(({ radius }) => radius === RADIUS);
    return [
      labelOf(model),
      ...[found.natural, at?.collaborative, at?.adversarial].map((loss) => (loss ? describeLoss(loss) : '')),
    ];
  });
  const file = `${network}-${epochs}-losses.svg`;
  const series = firstSeed.map(({ found, ...model }) => ({
    name: labelOf(model),
    points: [
      ...found.radii.map(({ radius, collaborative }) => [-radius, collaborative.mean] as const).reverse(),
      [0, found.natural.mean] as const,
      ...found.radii.map(({ radius, adversarial }) => [radius, adversarial.mean] as const),
    ].filter(([radius]) => radius <= RADIUS),
  }));
  const header = ['model', 'natural', `collaborative, ${RADIUS}/255`, `adversarial, ${RADIUS}/255`];
  const plot = {
    x: 'radius in 1/255: collaborative left, adversarial right',
    y: 'mean cross-entropy',
    series,
    joined: true,
  };
  const markdown = `### ${titleOf(network)}, ${epochs} epochs\n\n![Mean loss by radius](results/${file})\n\n${table(header, rows)}\n`;
  return { markdown, plots: { [file]: plot } };
}

/** The gain of a collaborative example against robust accuracy, over all models. */
export function gainSection(models: readonly MeasuredModel[]): Section {
  const points = models.flatMap(({ autoattack, collaborative, training }) => {
    const gain = collaborative?.radii.find(({ radius }) => radius === RADIUS)?.gain;
    if (!autoattack || gain === undefined) return [];
    return [{ method: training.experiment.method, accuracy: (100 * autoattack.robust) / autoattack.examples, gain }];
  });
  if (points.length === 0) return { markdown: '', plots: {} };
  const found = rankCorrelation(
    points.map(({ accuracy }) => accuracy),
    points.map(({ gain }) => gain),
  );
  const said = found
    ? `Spearman's rank correlation ${found.rho.toFixed(2)}, 95 % interval ${found.low.toFixed(2)} to ${found.high.toFixed(2)}`
    : 'too few for a rank correlation';
  const series = METHODS.map((method) => ({
    name: method,
    points: points.filter((point) => point.method === method).map(({ accuracy, gain }) => [accuracy, gain] as const),
  })).filter((one) => one.points.length > 0);
  const plot = { x: 'AutoAttack accuracy, %', y: 'gain: natural minus collaborative loss', series, joined: false };
  const markdown = `![Gain by robust accuracy](results/gain.svg)\n\nOver ${points.length} of the models: ${said}.\n`;
  return { markdown, plots: { 'gain.svg': plot } };
}

/** What a training step costs on the networks that ST has trained. */
export function costSection(models: readonly MeasuredModel[]): Section {
  const measured = models.flatMap((model) => (model.cost ? [{ ...model, found: model.cost }] : []));
  if (measured.length === 0) return { markdown: 'Not measured yet.\n', plots: {} };
  const rows = measured.map(({ found, training: { experiment } }) => [
    `${titleOf(experiment.network)}, ${experiment.epochs} epochs`,
    ...['AT', 'TRADES', 'ST'].map((method) => describeCost(found.methods[method])),
    found.stOverTrades.toFixed(2),
  ]);
  return { markdown: `${table(['trained by ST', 'AT', 'TRADES', 'ST', 'ST / TRADES'], rows)}\n`, plots: {} };
}

function describeCost(cost: StepCost | undefined): string {
  return cost ? `${cost.milliseconds.toFixed(0)} ms (${(100 * cost.searchShare).toFixed(0)} %)` : '';
}

/** The work that it took. */
export function workSection(models: readonly MeasuredModel[]): Section {
  const hours =
    models.reduce((sum, { training, autoattack }) => sum + training.seconds + (autoattack?.seconds ?? 0), 0) / 3600;
  const origins = models.map(({ training }) => training);
  const list = (values: readonly string[]): string => [...new Set(values)].sort().join(', ');
  const lines = [
    `- ${models.length} trainings, ${hours.toFixed(1)} hours in training steps and AutoAttack, on two shared cores beside other work.`,
    `- Processors: ${list(origins.map(({ processor }) => processor))}; Node ${list(origins.map(({ node }) => node))}; back end ${list(origins.map(({ backend }) => backend))}.`,
    `- Code: ${list(origins.flatMap(({ commits }) => commits))}.`,
  ];
  return { markdown: `${lines.join('\n')}\n`, plots: {} };
}

function groupsOf(models: readonly MeasuredModel[]) {
  return METHODS.flatMap((method) => {
    const own = models.filter(({ training }) => training.experiment.method === method);
    const weights = [...new Set(own.map(({ training }) => training.experiment.beta))].sort(
      (a, b) => (a ?? 0) - (b ?? 0),
    );
    return weights.map((beta) => ({
      method,
      beta,
      own: own.filter(({ training }) => training.experiment.beta === beta),
    }));
  });
}

/** Another method with the same seed. */
function isComparable(ours: MeasuredModel): (theirs: MeasuredModel) => boolean {
  const { seed } = ours.training.experiment;
  return ({ training: { experiment } }) =>
    experiment.seed === seed && !experiment.method.startsWith('ST') && experiment.method !== 'natural';
}

function pairedCells({ better, worse, p }: Paired): readonly string[] {
  return [`${better}`, `${worse}`, p < 0.0001 ? '< 0.0001' : p.toFixed(4)];
}

function describeLoss({ mean: average, quantiles }: { mean: number; quantiles: readonly number[] }): string {
  const [, low, , median, , high] = quantiles.map((value) => value.toPrecision(2));
  return `${average.toPrecision(3)} (${low}, ${median}, ${high})`;
}

function labelOf({ training: { experiment } }: Pick<MeasuredModel, 'training'>): string {
  return experiment.beta === null ? experiment.method : `${experiment.method}, weight ${experiment.beta}`;
}

const titleOf = (network: string): string => network.toUpperCase();

function percents(shares: readonly number[]): string {
  if (shares.length === 0) return '';
  const values = shares.map((share) => 100 * share);
  const average = mean(values).toFixed(1);
  return values.length < 2 ? average : `${average} ± ${sampleStandardDeviation(values).toFixed(1)}`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
