import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openMetricsLog, readMetrics, type TrainingMetrics } from './metrics-log.ts';

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
  it('appends one line of JSON at a time', () => {
    const log = openMetricsLog(path, 0);
    log.append(line(1));
    log.append(line(2));
    expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(line(1))}\n${JSON.stringify(line(2))}\n`);
  });

  it('cuts what lies after the checkpoint, so that no step is there twice', () => {
    const first = openMetricsLog(path, 0);
    for (const step of [1, 2, 3, 4, 5]) first.append(line(step));
    const resumed = openMetricsLog(path, 3);
    for (const step of [4, 5, 6]) resumed.append(line(step));
    expect(readMetrics(path).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(existsSync(`${path}.partial`)).toBe(false);
  });

  it("leaves out the validation of the checkpoint's own step when it is made again", () => {
    const validation = {
      kind: 'validation',
      step: 1,
      epoch: 1,
      examples: 9,
      naturalCorrect: 4,
      robustCorrect: 2,
    } as const;
    const first = openMetricsLog(path, 0);
    first.append(line(1));
    first.append(validation);
    openMetricsLog(path, 1).append(validation);
    expect(readMetrics(path)).toEqual([line(1), validation]);
  });

  it('drops a last line that a kill cut short', () => {
    openMetricsLog(path, 0).append(line(1));
    appendFileSync(path, '{"kind":"step","step":1');
    openMetricsLog(path, 1).append(line(2));
    expect(readMetrics(path)).toEqual([line(1), line(2)]);
  });
});
