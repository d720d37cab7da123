import type { Measure } from './row.ts';

/** Times of one measure while one thing varies, the rest being as asked. */
export type Series = {
  readonly varied: 'threads' | 'batch' | 'search steps';
  readonly measure: Measure;
  readonly batch: number;
  readonly points: readonly Point[];
};

type Point = { readonly value: number; readonly seconds: number };

/**
 * The points of a series as cells: value, seconds, both beside the first point's, and the verdict: the speed-up of threads, how
 * much more than in proportion time grew with the batch, and how much more the later search steps took than the earlier
 * ones (a training step has a fixed part, so that increments are compared).
 */
export function seriesCells({ varied, points }: Series): readonly string[][] {
  const [first, second] = points;
  return points.map((point, i) => {
    if (!first || i === 0) return [`${point.value}`, point.seconds.toPrecision(3), '1', '1', '-'];
    const time = point.seconds / first.seconds;
    const value = point.value / first.value;
    const before = points[i - 1] ?? first;
    const later = second && i > 1 ? (slope(before, point) / slope(first, second)).toFixed(2) : '-';
    const verdict = { threads: `${(1 / time).toFixed(2)}x`, batch: (time / value).toFixed(2), 'search steps': later };
    return [`${point.value}`, point.seconds.toPrecision(3), time.toFixed(2), value.toFixed(2), verdict[varied]];
  });
}

function slope(a: Point, b: Point): number {
  return (b.seconds - a.seconds) / (b.value - a.value);
}
