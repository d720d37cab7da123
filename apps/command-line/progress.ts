import { createLogUpdate } from 'log-update';

import { type ProgressState, progressBar, progressLine } from './progress-line.ts';

/** Shows progress to the user. */
export type Progress = {
  /** Shows the current state; cheap enough to call every step. */
  show(state: ProgressState): void;
  /** Prints a permanent line. */
  say(line: string): void;
  /** Removes the bar. */
  clear(): void;
};

const REDRAW_MS = 100;
const LOG_LINE_MS = 15_000;

/** Draws a bar if the stream is a terminal; otherwise (a pipe, a CI log) prints a plain line from time to time. */
export function createProgress(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? onTerminal(stream) : inLog(stream);
}

function onTerminal(stream: NodeJS.WriteStream): Progress {
  const update = createLogUpdate(stream);
  const due = limiter(REDRAW_MS);
  let bar = '';
  const clear = (): void => {
    bar = '';
    update.clear();
    update.done(); // also shows the cursor again
  };
  return {
    show: (state) => {
      if (!due(state)) return;
      bar = progressBar(state);
      update(bar);
    },
    say: (line) => {
      update.clear();
      stream.write(`${line}\n`);
      if (bar) update(bar);
    },
    clear,
  };
}

function inLog(stream: NodeJS.WriteStream): Progress {
  const due = limiter(LOG_LINE_MS);
  return {
    show: (state) => {
      if (due(state)) stream.write(`${progressLine(state)}\n`);
    },
    say: (line) => {
      stream.write(`${line}\n`);
    },
    clear: () => undefined,
  };
}

/** Passes at most one state per interval, and always the last one of each task. */
function limiter(milliseconds: number): (state: ProgressState) => boolean {
  let last = performance.now();
  return ({ done, total }) => {
    const now = performance.now();
    if (done < total && now - last < milliseconds) return false;
    last = now;
    return true;
  };
}
