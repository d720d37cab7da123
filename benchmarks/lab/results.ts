import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '@st/core/kit';
import { writeFileDurably } from '@st/core/node';

import type { Experiment } from './experiment.ts';

/** What is done with an experiment, in this order. */
export const STAGES = ['training', 'autoattack', 'collaborative', 'cost'] as const;
export type Stage = (typeof STAGES)[number];

/** Where and with which code a stage ran; a stage that was resumed may have several commits. */
export type Origin = {
  readonly commits: readonly string[];
  readonly processor: string;
  readonly node: string;
  readonly backend: string;
};

export type TrainingResult = Origin & {
  readonly experiment: Experiment;
  readonly steps: number;
  /** Time in training steps. */
  readonly seconds: number;
  readonly imagesPerSecond: number;
  readonly parameters: number;
  readonly bestStep: number;
  /** Counts on the held-out images, at each validation. */
  readonly validations: readonly {
    readonly step: number;
    readonly examples: number;
    readonly natural: number;
    readonly robust: number;
  }[];
  /** Test images classified correctly, by attack: `none`, `FGSM`, `PGD-20`, `CW-20`. */
  readonly test: { readonly examples: number; readonly correct: { readonly [attack: string]: number } };
};

export type AutoAttackResult = Origin & {
  readonly version: string | null;
  readonly examples: number;
  readonly natural: number;
  readonly robust: number;
  /** One letter per test image: `w` misclassified, `b` broken by an attack, `r` robust. */
  readonly outcomes: string;
  readonly flags: readonly string[];
  readonly seconds: number;
  /** True if `npm run verify` confirmed every claim from the file of adversarial examples. */
  readonly verified: boolean;
};

/** The distribution of a loss over the images. */
export type LossSummary = {
  readonly mean: number;
  /** Minimum, 5 %, quartiles, 95 %, maximum. */
  readonly quantiles: readonly number[];
};

export type MeasuredLosses = {
  readonly examples: number;
  readonly natural: LossSummary;
  readonly radii: readonly {
    /** In units of 1/255. */
    readonly radius: number;
    readonly collaborative: LossSummary;
    readonly adversarial: LossSummary;
    /** Mean over the images of the natural minus the collaborative loss. */
    readonly gain: number;
  }[];
};

export type CollaborativeResult = Origin & MeasuredLosses;

/** The cost of a training step of a method. */
export type StepCost = {
  /** Median over the batches. */
  readonly milliseconds: number;
  /** Share of the search in it, median. */
  readonly searchShare: number;
};

export type MeasuredCost = {
  readonly batches: number;
  readonly methods: { readonly [method: string]: StepCost };
  /** Median over the batches of the ratio of the two steps on the same batch. */
  readonly stOverTrades: number;
};

export type CostResult = Origin & MeasuredCost;

export type ResultOf = {
  readonly training: TrainingResult;
  readonly autoattack: AutoAttackResult;
  readonly collaborative: CollaborativeResult;
  readonly cost: CostResult;
};

/** The results of the laboratory: small files in one folder, each of one stage of one experiment. */
export type Results = {
  has(name: string, stage: Stage): boolean;
  read<S extends Stage>(name: string, stage: S): ResultOf[S] | null;
  write<S extends Stage>(name: string, stage: S, result: ResultOf[S]): Promise<void>;
  /** Names of the experiments with a result of this stage, sorted. */
  names(stage: Stage): readonly string[];
};

/** The results in a folder. A file is written once and whole, so that its presence says that the stage is done. */
export function resultsIn(folder: string): Results {
  const fileOf = (name: string, stage: Stage): string => join(folder, `${name}.${stage}.json`);
  return {
    has: (name, stage) => existsSync(fileOf(name, stage)),
    read: (name, stage) => {
      const file = fileOf(name, stage);
      return existsSync(file) ? (readJson(file, readFileSync(file, 'utf8')) as never) : null;
    },
    write: (name, stage, result) => writeFileDurably(fileOf(name, stage), `${JSON.stringify(result, null, 1)}\n`),
    names: (stage) => {
      const end = `.${stage}.json`;
      const files = existsSync(folder) ? readdirSync(folder) : [];
      return files
        .filter((file) => file.endsWith(end))
        .map((file) => file.slice(0, -end.length))
        .sort();
    },
  };
}
