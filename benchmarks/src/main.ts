// `npm run bench -- --peer FILE [--json FILE]`: our speed beside PyTorch's on this machine. Both take turns, each measurement in a
// process of its own, and the fastest of each counts: the machine may be shared.
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { measurePeer, type PeerOptions } from './peer.ts';
import { type Case, MEASURES, type Row, type Timing } from './row.ts';
import { runProcess } from './run-process.ts';
import { table } from './table.ts';

const USAGE = `npm run bench -- [--peer FILE] [options]
  --peer FILE      the script that does the same work in PyTorch; left out: only our own speed
  --python FILE    the Python that has PyTorch (/usr/bin/python3)
  --cases LIST     model:batch, comma-separated (resnet18:32,resnet18:128,wrn-10-1:128,wrn-10-2:128,wrn-16-4:32)
  --measures LIST  comma-separated, of ${MEASURES.join(', ')} (all)
  --steps N        steps of the searches, ours and the peer's (10)
  --rounds N       how often both take their turn (2)
  --repeat N       repetitions a turn (3)
  --threads N      threads of both (one a core)
  --backend NAME   our back end (auto)
  --json FILE      write the rows as a JSON array`;

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
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(USAGE);
else await bench();

async function bench(): Promise<void> {
  const rows: Row[] = [];
  for (const toMeasure of casesAsked()) {
    rows.push(await measure(toMeasure));
    console.log(table(rows.slice(-1)).split('\n').at(-1));
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
  }
  console.log(`\n${table(rows)}`);
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
  const peer: PeerOptions | undefined =
    script === undefined
      ? undefined
      : { python, script, threads: Number(threads), repeat: Number(repeat), steps: Number(steps) };
  const ours: Timing[] = [];
  const theirs: Timing[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    ours.push(await measureOurs(toMeasure));
    if (peer) theirs.push(await measurePeer(toMeasure, peer));
  }
  const best = fastest(ours);
  const bestOfPeer = theirs.length > 0 ? fastest(theirs) : null;
  return {
    ...toMeasure,
    imagesPerSecond: best.imagesPerSecond,
    peerImagesPerSecond: bestOfPeer?.imagesPerSecond ?? null,
    ratio: bestOfPeer ? best.imagesPerSecond / bestOfPeer.imagesPerSecond : null,
    peakMemoryBytes: best.peakMemoryBytes,
    peerPeakMemoryBytes: bestOfPeer?.peakMemoryBytes ?? null,
  };
}

async function measureOurs({ model, batch, measure: name }: Case): Promise<Timing> {
  const worker = fileURLToPath(new URL('worker.ts', import.meta.url));
  const what = ['--model', model, '--batch', `${batch}`, '--measure', name, '--steps', values.steps];
  const how = ['--repeat', values.repeat, '--backend', values.backend];
  const { output, peakMemoryBytes } = await runProcess(process.execPath, ['--import', 'tsx', worker, ...what, ...how], {
    ST_NUM_THREADS: values.threads,
  });
  const { imagesPerSecond } = JSON.parse(output) as { imagesPerSecond: number };
  return { imagesPerSecond, peakMemoryBytes };
}

function fastest(timings: readonly Timing[]): Timing {
  return timings.reduce((best, timing) => (timing.imagesPerSecond > best.imagesPerSecond ? timing : best));
}
