/** Shows one line of status: in a terminal in place, elsewhere only every few minutes. */
export type Status = {
  show(line: string): void;
  /** Prints a line that stays. */
  say(line: string): void;
  clear(): void;
};

const LOG_LINE_MS = 300_000;
const ERASE_LINE = '\r\u001b[2K';

export function createStatus(stream: NodeJS.WriteStream): Status {
  let shown = Number.NEGATIVE_INFINITY;
  const clear = (): void => {
    if (stream.isTTY) stream.write(ERASE_LINE);
  };
  return {
    show: (line) => {
      if (stream.isTTY) {
        stream.write(`${ERASE_LINE}${line.slice(0, stream.columns - 1)}`);
      } else if (performance.now() - shown > LOG_LINE_MS) {
        shown = performance.now();
        stream.write(`${line}\n`);
      }
    },
    say: (line) => {
      clear();
      stream.write(`${line}\n`);
    },
    clear,
  };
}
