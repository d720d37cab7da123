import type { Golden } from './golden.ts';
import type { Report } from './report.ts';

/** What the run of the command has besides the files. */
export type CheckContext = {
  /** The tfjs back end that computes. */
  readonly backend: string;
};

/** Compares what one file stores with what the packages compute, and reports each case. */
export type Checker = (golden: Golden, report: Report, context: CheckContext) => void | Promise<void>;

/** The same for a folder of files in other formats. */
export type FolderChecker = (folder: string, name: string, report: Report) => void | Promise<void>;
