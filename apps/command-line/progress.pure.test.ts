import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';

import { createProgress } from './progress.ts';
import { progressBar, progressLine } from './progress-line.ts';

const state = {
  task: 'training',
  unit: 'step',
  done: 30,
  total: 120,
  values: { total: 2.3456789, lr: 0.05 },
  imagesPerSecond: 112.4,
  etaSeconds: 83,
};

describe('progress', () => {
  it('draws a bar with speed, time left and losses', () => {
    expect(progressBar(state)).toBe(
      'training ███████░░░░░░░░░░░░░░░░░░░░░ 25 %  30/120  112 images/s  1 min 23 s left\n         total 2.346  lr 0.05000',
    );
  });

  it('gives the same in one line for a log', () => {
    expect(progressLine(state)).toBe(
      'training: step 30/120 (25 %) · total 2.346  lr 0.05000 · 112 images/s · 1 min 23 s left',
    );
  });

  it('writes to a pipe without escape codes: the last state of each task and few of the earlier ones', () => {
    let written = '';
    const pipe = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written += chunk.toString();
        done();
      },
    });
    const progress = createProgress(Object.assign(pipe, { isTTY: false }) as unknown as NodeJS.WriteStream); // only write and isTTY are used
    for (let done = 1; done <= 120; done++) progress.show({ ...state, done });
    progress.say('over');
    expect(written.split('\n').map((line) => line.slice(0, 20))).toEqual(['training: step 120/1', 'over', '']);
    expect(written).not.toContain('\u001b');
  });
});
