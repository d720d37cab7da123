import type { RobustnessReport } from '@st/evaluation';

import type { Environment } from '../../train/report/report-data.ts';
import type { EvaluationSettings } from '../command-line.ts';
import type { FoundSample } from '../gallery.ts';

/** The data of the report of an evaluation. */
export type EvaluationPage = {
  readonly report: RobustnessReport;
  readonly samples: readonly FoundSample[];
  readonly settings: EvaluationSettings;
  readonly environment: Environment;
};
