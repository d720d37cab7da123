import type { Case, Measure, Timing } from './row.ts';
import { runProcess } from './run-process.ts';

/** The names that the peer uses for our measures. */
const PEER_MEASURE: Readonly<Record<Measure, string>> = {
  forward: 'fwd',
  'input-gradient': 'inputgrad',
  'full-gradient': 'grad',
  'squeeze-step': 'st',
  'trades-step': 'trades',
  'pgd-10': 'pgd',
};

export type PeerOptions = {
  /** The Python executable with PyTorch. */
  readonly python: string;
  /** The peer's script. */
  readonly script: string;
  readonly threads: number;
  readonly repeat: number;
  /** Steps of the searches. */
  readonly steps: number;
};

/** Measures one case in PyTorch, in both memory layouts, and returns the faster. */
export async function measurePeer({ model, batch, measure }: Case, options: PeerOptions): Promise<Timing> {
  const common = [
    '--model',
    model,
    '--what',
    PEER_MEASURE[measure],
    '--batch',
    `${batch}`,
    '--steps',
    `${options.steps}`,
  ];
  const repeats = ['--threads', `${options.threads}`, '--repeat', `${options.repeat}`];
  const layouts: Timing[] = [];
  for (const layout of [[], ['--channels-last']]) {
    const { output, peakMemoryBytes } = await runProcess(options.python, [
      options.script,
      ...common,
      ...repeats,
      ...layout,
    ]);
    const { images_per_second_best: imagesPerSecond } = JSON.parse(output) as { images_per_second_best: number };
    layouts.push({ imagesPerSecond, peakMemoryBytes });
  }
  return layouts.reduce((best, timing) => (timing.imagesPerSecond > best.imagesPerSecond ? timing : best));
}
