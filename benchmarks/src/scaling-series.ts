import type { Measure } from './row.ts';

/** Times of one measure while one parameter varies. */
export type Series = {
  readonly varied: 'threads' | 'batch' | 'search steps';
  readonly measure: Measure;
  readonly batch: number;
  readonly points: readonly Point[];
};

type Point = { readonly value: number; readonly seconds: number };

/**
 * The points of a series as table cells: value, seconds, both relative to the first point, and the verdict. The verdict is the speed-up for threads, the
 * growth of time relative to linear growth for the batch, and for search steps the time per later step relative to that per earlier step (increments,
 * because a training step also has a fixed part).
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
