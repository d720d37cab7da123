import type { Flag, RobustnessReport } from '@st/evaluation';
import type { Accuracy, BrokenElsewhere, FailedAttack } from '@st/evaluation/report';

import { formatDuration } from '../command-line/format-duration.ts';
import { formatRadius } from '../command-line/format-setting.ts';

type Row = readonly string[];

const HEADER: Row = ['', 'attacked', 'broken', 'accuracy', 'right', '95 % interval', 'time'];

/** The results as lines for a terminal: accuracy after each attack, then the flags. */
export function resultLines(report: RobustnessReport): string[] {
  const { natural, robust, attacks, timing } = report;
  const rows: Row[] = [
    HEADER,
    ['natural', '', '', ...accuracyCells(natural), formatDuration(timing.natural)],
    ...attacks.map((attack, i) => [
      attack.failed ? `${attack.name} (failed)` : attack.name,
      String(attack.attacked),
      String(attack.broken),
      ...accuracyCells(attack.robust),
      formatDuration(timing.attacks[i]?.seconds ?? 0),
    ]),
    ...report.brokenElsewhere.map((part) => [nameOfPart(part), '', String(part.broken), ...accuracyCells(part.robust)]),
    ...(attacks.length > 0
      ? [[nameOfAll(report), '', '', ...accuracyCells(robust), formatDuration(timing.total)]]
      : []),
  ];
  const lines = [aligned(rows), failureLines(report), judgmentLines(report), curveLines(report)];
  return [...lines.flat(), ...report.flags.flatMap(flagLines)];
}

/** `AutoAttack` only if the attacks are exactly AutoAttack's and no other part of the run broke an example. */
export function nameOfAll({ autoAttack, brokenElsewhere }: RobustnessReport): string {
  return autoAttack && brokenElsewhere.length === 0 ? `AutoAttack (${autoAttack})` : 'worst case';
}

/** Name of a part of the run, other than the attacks, that broke examples: `fab-distances`, `pgd-40, more steps`, `apgd-ce at 4/255`. */
export function nameOfPart({ phase, attack, epsilon }: BrokenElsewhere): string {
  if (phase === 'curve' && epsilon !== null) return `${attack} at ${formatRadius(epsilon)}`;
  return phase === 'check' ? `${attack}, more steps` : attack;
}

/** One sentence about an attack that could not be run. */
export function failureText({ phase, attack, epsilon, examples, message }: FailedAttack): string {
  const where = phase === 'curve' && epsilon !== null ? ` at ${formatRadius(epsilon)}` : '';
  return `${attack}${where} could not be run on ${examples} images: ${message}`;
}

function failureLines({ failures }: RobustnessReport): string[] {
  return failures.length === 0 ? [] : ['', ...failures.map((failure) => `FAILED: ${failureText(failure)}`)];
}

function judgmentLines({ judgement }: RobustnessReport): string[] {
  return judgement.randomised ? ['', `Each prediction is the majority of up to ${judgement.passes} passes.`] : [];
}

function accuracyCells({ accuracy, correct, total, interval }: Accuracy): Row {
  return [percent(accuracy), `${correct}/${total}`, `${percent(interval.low)} to ${percent(interval.high)}`];
}

function curveLines({ curve, threat }: RobustnessReport): string[] {
  if (!curve) return [];
  const rows = curve.map(({ epsilon, robust }) => [`epsilon ${formatRadius(epsilon)}`, ...accuracyCells(robust)]);
  return ['', `Robustness curve${threat ? ` (${threat.norm})` : ''}:`, ...aligned(rows)];
}

function flagLines({ severity, title, seen, remedy }: Flag): string[] {
  return ['', `${severity.toUpperCase()}: ${title}. ${seen}`, `  ${remedy}`];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Pads columns to equal width: names left-aligned, numbers right-aligned. */
function aligned(rows: readonly Row[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
