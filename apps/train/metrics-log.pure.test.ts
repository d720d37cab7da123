import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { TrainingMetrics } from './metrics.ts';
import { openMetricsLog, readMetrics } from './metrics-log.ts';

const line = (step: number): TrainingMetrics => ({
  kind: 'step',
  step,
  epoch: 1,
  learningRate: 0.1,
  imagesPerSecond: 10,
  terms: { total: 2.3 },
});

let folder = '';
let path = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'st-metrics-'));
  path = join(folder, 'metrics.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('openMetricsLog', () => {
  it('appends one line of JSON at a time', async () => {
    const log = await openMetricsLog(path, 0);
    log.append(line(1));
    log.append(line(2));
    expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(line(1))}\n${JSON.stringify(line(2))}\n`);
  });

  it('drops the lines after the checkpoint, so that no step is logged twice', async () => {
    const first = await openMetricsLog(path, 0);
    for (const step of [1, 2, 3, 4, 5]) first.append(line(step));
    const resumed = await openMetricsLog(path, 3);
    for (const step of [4, 5, 6]) resumed.append(line(step));
    expect(readMetrics(path).metrics.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(readdirSync(folder)).toEqual(['metrics.jsonl']);
  });

  it("does not log the validation of the checkpoint's own step twice", async () => {
    const validation = {
      kind: 'validation',
      step: 1,
      epoch: 1,
      examples: 9,
      naturalCorrect: 4,
      robustCorrect: 2,
    } as const;
    const first = await openMetricsLog(path, 0);
    first.append(line(1));
    first.append(validation);
    (await openMetricsLog(path, 1)).append(validation);
    expect(readMetrics(path).metrics).toEqual([line(1), validation]);
  });

  it('drops a last line that a kill truncated', async () => {
    (await openMetricsLog(path, 0)).append(line(1));
    appendFileSync(path, '{"kind":"step","step":1');
    (await openMetricsLog(path, 1)).append(line(2));
    expect(readMetrics(path).metrics).toEqual([line(1), line(2)]);
  });

  it.each([
    '{"kind":"step"',
    'null',
    '7',
    '[]',
    '{"kind":"step","step":2}',
    '{"kind":"x","step":2}',
    `${'['.repeat(9999)}`,
  ])('drops a damaged line such as %.30s, reports it, and continues', async (damaged) => {
    writeFileSync(
      path,
      `${JSON.stringify(line(1))}\n${damaged}\n${JSON.stringify(line(1))}\n${JSON.stringify(line(3))}\n`,
    );
    const log = await openMetricsLog(path, 3);
    expect(log.damage).toBe(
      `${path} has 1 damaged lines and lacks the lines of 1 steps: the report omits them. The weights are not affected.`,
    );
    log.append(line(4));
    log.sync();
    expect(readMetrics(path)).toEqual({ metrics: [line(1), line(3), line(4)], damaged: 0 });
  });

  it('reports how many steps are missing if the whole file was lost', async () => {
    expect((await openMetricsLog(path, 0)).damage).toBeUndefined();
    expect((await openMetricsLog(path, 5)).damage).toContain('lacks the lines of 5 steps');
  });
});
