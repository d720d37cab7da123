// `npm run bench -- --peer FILE [--json FILE]`: compares our speed with PyTorch's on this machine. The two alternate, each measurement runs in its own
// process, and the fastest of each counts, because other processes may use the machine.

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeFileDurably } from '@st/core/node';
import type { KernelReport } from './kernel-row.ts';
import { kernelTable } from './kernel-table.ts';
import { fastestOf, measureOurs, type OwnOptions } from './measure-ours.ts';
import { measurePeer, type PeerOptions } from './peer.ts';
import { type Case, isTimedOnce, LEAST_SECONDS, MEASURES, type OwnTiming, type Row, type Timing } from './row.ts';
import { runProcess } from './run-process.ts';
import { scalingTable } from './scaling.ts';
import { table } from './table.ts';

const USAGE = `npm run bench -- [--peer FILE] [options]
  --peer FILE      the script that does the same work in PyTorch; without it, only our own speed
  --python FILE    the Python executable with PyTorch (/usr/bin/python3)
  --cases LIST     model:batch, comma-separated (resnet18:32,resnet18:128,wrn-10-1:128,wrn-10-2:128,wrn-16-4:32)
  --measures LIST  comma-separated, of ${MEASURES.join(', ')} (all)
  --steps N        steps of the searches, ours and the peer's (10)
  --rounds N       rounds; in each, ours runs before and after the peer's two memory layouts (2)
  --repeat N       repetitions per turn (3), continued for at least two seconds; of squeeze steps only the second is timed, whose work is the same on both sides
  --threads N      threads of both (one per core)
  --backend NAME   our back end (auto)
  --json FILE      write the rows as a JSON array
  --kernels        only the kernel table: every layer shape of the models of --cases, with each pass and algorithm, compared with the peak
  --scaling        only the scaling with threads, batch and search steps, for the models of --cases

Operations are counted as for direct convolutions and matrix products; a multiplication and an addition count as two. Other work
(normalization, losses, projections, updates) is not counted. The peak is that of fused multiply-adds in registers.
Winograd executes fewer multiplications than are counted (F(4x4): a quarter; at stride 2: 0.56), so shares above 100 % are possible.`;

const { values } = parseArgs({
  options: {
    peer: { type: 'string' },
    python: { type: 'string', default: '/usr/bin/python3' },
    cases: { type: 'string', default: 'resnet18:32,resnet18:128,wrn-10-1:128,wrn-10-2:128,wrn-16-4:32' },
    measures: { type: 'string', default: MEASURES.join(',') },
    steps: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '2' },
    repeat: { type: 'string', default: '3' },
    threads: { type: 'string', default: `${availableParallelism()}` },
    backend: { type: 'string', default: 'auto' },
    json: { type: 'string' },
    kernels: { type: 'boolean', default: false },
    scaling: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const own: OwnOptions = {
  steps: Number(values.steps),
  repeat: Number(values.repeat),
  threads: Number(values.threads),
  backend: values.backend,
};

if (values.help) console.log(USAGE);
else if (values.kernels) await benchKernels();
else if (values.scaling) await benchScaling();
else {
  await bench();
  await benchKernels();
}

async function bench(): Promise<void> {
  const rows: Row[] = [];
  for (const toMeasure of casesAsked()) {
    rows.push(await measure(toMeasure));
    console.log(table(rows.slice(-1)).split('\n').at(-1));
    if (values.json !== undefined) await writeFileDurably(values.json, `${JSON.stringify(rows, null, 2)}\n`);
  }
  const measured = withHighestPeak(rows);
  if (values.json !== undefined) await writeFileDurably(values.json, `${JSON.stringify(measured, null, 2)}\n`);
  console.log(`\n${table(measured)}`);
  const peak = measured[0]?.peakOperationsPerSecond;
  if (typeof peak === 'number') console.log(peakLine(peak));
}

/** Each process measures the peak of the machine. Other processes can only lower a measurement, so the highest is used. */
function withHighestPeak(rows: readonly Row[]): readonly Row[] {
  const peaks = rows.flatMap(({ peakOperationsPerSecond: peak }) => (peak === null ? [] : [peak]));
  return peaks.length === 0 ? rows : rows.map((row) => ({ ...row, peakOperationsPerSecond: Math.max(...peaks) }));
}

/** Measures only the convolutions, on the native back end: no other back end has these algorithms. */
async function benchKernels(): Promise<void> {
  const worker = fileURLToPath(new URL('kernel-worker.ts', import.meta.url));
  try {
    const { output } = await runProcess(process.execPath, ['--import', 'tsx', worker, '--cases', values.cases], {
      ST_NUM_THREADS: values.threads,
    });
    const report = JSON.parse(output) as KernelReport;
    console.log(`\nConvolutions in GFLOP/s, ${values.threads} threads\n\n${kernelTable(report)}`);
    console.log(peakLine(report.peakOperationsPerSecond));
  } catch (error) {
    console.error(`\nNo kernel table: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}

async function benchScaling(): Promise<void> {
  const cases = [...new Set(values.cases.split(','))].map((asked) => {
    const [model = '', batch = ''] = asked.split(':');
    return { model, batch: Number(batch) };
  });
  console.log(await scalingTable(cases, own, Number(values.rounds)));
}

function peakLine(peak: number): string {
  return `\nMeasured peak of fused multiply-adds, ${values.threads} threads: ${(peak * 1e-9).toFixed(0)} GFLOP/s`;
}

function casesAsked(): Case[] {
  const measures = values.measures.split(',').map((asked) => {
    const known = MEASURES.find((name) => name === asked);
    if (known === undefined) throw new Error(`Unknown measure '${asked}': use ${MEASURES.join(', ')}.`);
    return known;
  });
  return values.cases.split(',').flatMap((asked) => {
    const [model = '', batch = ''] = asked.split(':');
    if (!/^[1-9]\d*$/.test(batch)) throw new Error(`A case is model:batch, got '${asked}'.`);
    return measures.map((name) => ({ model, batch: Number(batch), measure: name }));
  });
}

async function measure(toMeasure: Case): Promise<Row> {
  const { peer: script, python, threads, repeat, steps } = values;
  const ours: OwnTiming[] = [];
  const theirs: Timing[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const timing = await measureOurs(toMeasure, own);
    ours.push(timing);
    if (script === undefined) continue;
    const enough = Math.max(Number(repeat), Math.ceil(LEAST_SECONDS / timing.seconds));
    const repeats = isTimedOnce(toMeasure.measure) ? 1 : enough;
    const peer: PeerOptions = { python, script, threads: Number(threads), repeat: repeats, steps: Number(steps) };
    theirs.push(await measurePeer(toMeasure, peer));
    // The peer's turns take longer. A second turn of ours gives both the same chance of a quiet moment of the machine.
    ours.push(await measureOurs(toMeasure, own));
  }
  const best = fastestOf(ours);
  const bestOfPeer = theirs.length > 0 ? fastest(theirs) : null;
  return {
    ...toMeasure,
    imagesPerSecond: best.imagesPerSecond,
    peerImagesPerSecond: bestOfPeer?.imagesPerSecond ?? null,
    ratio: bestOfPeer ? best.imagesPerSecond / bestOfPeer.imagesPerSecond : null,
    peakMemoryBytes: best.peakMemoryBytes,
    peerPeakMemoryBytes: bestOfPeer?.peakMemoryBytes ?? null,
    operations: best.operations,
    operationsPerSecond: best.operations / best.seconds,
    peakOperationsPerSecond: best.peakOperationsPerSecond,
  };
}

function fastest(timings: readonly Timing[]): Timing {
  return timings.reduce((best, timing) => (timing.imagesPerSecond > best.imagesPerSecond ? timing : best));
}
