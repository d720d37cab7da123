import { createLogUpdate } from 'log-update';

import { type ProgressState, progressBar, progressLine } from './progress-line.ts';

/** Tells how far the work is. */
export type Progress = {
  /** Shows where it stands; cheap enough for every step. */
  show(state: ProgressState): void;
  /** Prints a line that stays. */
  say(line: string): void;
  /** Takes the bar off the screen. */
  clear(): void;
};

const REDRAW_MS = 100;
const LOG_LINE_MS = 15_000;

/** A bar where the stream is a terminal; elsewhere (a pipe, a CI log) a plain line now and then. */
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

/** Lets a state through every so many milliseconds, and the last one of each task. */
function limiter(milliseconds: number): (state: ProgressState) => boolean {
  let last = performance.now();
  return ({ done, total }) => {
    const now = performance.now();
    if (done < total && now - last < milliseconds) return false;
    last = now;
    return true;
  };
}
