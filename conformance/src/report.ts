/** One comparison with the reference. */
export type Case = {
  readonly file: string;
  /** Name of the compared value: `b0/loss`. */
  readonly name: string;
  readonly error: number;
  readonly bound: number;
  readonly note: string;
};

/** Collects the results of one file. */
export type Report = {
  /** Adds a comparison; it fails if the error is above the bound or NaN. */
  check(name: string, error: number, bound: number, note?: string): void;
  /** Adds a case that is not checked, with the reason; it does not fail. */
  skip(name: string, why: string): void;
};

/** The totals of all files. */
export type Totals = {
  readonly cases: number;
  readonly failures: number;
  readonly skipped: number;
};

const FILE_WIDTH = 30;
const NAME_WIDTH = 40;

/** Prints one line per case and a table of totals. */
export class ConformanceReport {
  readonly #print: (line: string) => void;
  readonly #cases: Case[] = [];
  readonly #skips: { readonly file: string }[] = [];
  readonly #failedFiles: string[] = [];

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** The report of one file. */
  of(file: string): Report {
    return {
      check: (name, error, bound, note = '') => {
        const result = { file, name, error, bound, note };
        this.#cases.push(result);
        this.#print(describe(result));
      },
      skip: (name, why) => {
        this.#skips.push({ file });
        this.#line(file, name, why);
      },
    };
  }

  /** Records a file whose check did not finish. */
  fail(file: string, why: string): void {
    this.#failedFiles.push(file);
    this.#line(file, '', `FAIL  ${why}`);
  }

  /** Records a file that is deliberately not checked. */
  notCovered(file: string, why: string): void {
    this.#line(file, '', `not covered: ${why}`);
  }

  /** Prints one line per file (cases, failures, the largest error / bound) and a total. */
  finish(seconds: ReadonlyMap<string, number>): Totals {
    this.#print('');
    this.#print(
      `${'file'.padEnd(FILE_WIDTH)}${row('cases', 'FAIL', 'skipped', 'seconds')}  worst case (error / bound)`,
    );
    for (const [file, elapsed] of seconds) {
      const cases = this.#cases.filter((result) => result.file === file);
      const counts = [cases.length, failuresIn(cases) + this.#brokenOff(file), this.#skipsOf(file), elapsed.toFixed(1)];
      this.#print(`${file.padEnd(FILE_WIDTH)}${row(...counts)}  ${describeWorst(cases)}`);
    }
    const failures = failuresIn(this.#cases) + this.#failedFiles.length;
    const totals = { cases: this.#cases.length, failures, skipped: this.#skips.length };
    this.#print(`${'all'.padEnd(FILE_WIDTH)}${row(totals.cases, failures, totals.skipped, '')}`);
    return totals;
  }

  #brokenOff(file: string): number {
    return this.#failedFiles.filter((failed) => failed === file).length;
  }

  #skipsOf(file: string): number {
    return this.#skips.filter((skip) => skip.file === file).length;
  }

  #line(file: string, name: string, text: string): void {
    this.#print(`${file.padEnd(FILE_WIDTH)} ${name.padEnd(NAME_WIDTH)} ${text}`);
  }
}

/** Whether a comparison exceeds its bound; NaN does. */
export const fails = ({ error, bound }: Pick<Case, 'error' | 'bound'>): boolean => !(error <= bound);
const failuresIn = (cases: readonly Case[]): number => cases.filter(fails).length;

function describe(result: Case): string {
  const { file, name, error, bound, note } = result;
  const numbers = `${format(error).padStart(9)} <= ${format(bound).padEnd(7)}`;
  return `${file.padEnd(FILE_WIDTH)} ${name.padEnd(NAME_WIDTH)} ${numbers} ${fails(result) ? 'FAIL' : 'ok'}${note && `  ${note}`}`;
}

function describeWorst(cases: readonly Case[]): string {
  const severity = ({ error, bound }: Case): number => {
    if (Number.isNaN(error)) return Number.POSITIVE_INFINITY;
    return bound === 0 ? (error === 0 ? 0 : Number.POSITIVE_INFINITY) : error / bound;
  };
  const [first, ...rest] = cases;
  if (!first) return '';
  const worst = rest.reduce((most, result) => (severity(result) > severity(most) ? result : most), first);
  return `${worst.name} (${format(worst.error)} / ${format(worst.bound)})`;
}

function row(...cells: readonly (string | number)[]): string {
  return cells.map((cell) => String(cell).padStart(8)).join('');
}

function format(value: number): string {
  if (!Number.isFinite(value) || value === 0) return String(value);
  return Math.abs(value) >= 0.1 && Math.abs(value) < 1000
    ? String(Number(value.toPrecision(3)))
    : value.toExponential(1);
}
