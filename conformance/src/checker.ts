import type { Golden } from './golden.ts';
import type { Report } from './report.ts';

/** The context of a run of the command. */
export type CheckContext = {
  /** The active tfjs back end. */
  readonly backend: string;
};

/** Compares the stored values of one file with those that the packages compute, and reports each case. */
export type Checker = (golden: Golden, report: Report, context: CheckContext) => void | Promise<void>;

/** The same for a folder of files in other formats. */
export type FolderChecker = (folder: string, name: string, report: Report) => void | Promise<void>;
