export { type ApgdCheckpoints, apgdCheckpoints } from './attack/apgd/apgd-checkpoints.ts';
export type { ApgdLabels } from './attack/apgd/apgd-loss.ts';
export { apgdOscillates } from './attack/apgd/apgd-oscillates.ts';
export type { ApgdExamples } from './attack/apgd/apgd-points.ts';
export { type ApgdIteration, type ApgdRun, type ApgdRunOptions, apgdRun } from './attack/apgd/apgd-run.ts';
export { type ApgdSchedule, type ApgdScheduleOptions, apgdSchedule } from './attack/apgd/apgd-schedule.ts';
export { apgdStart } from './attack/apgd/apgd-start.ts';
export {
  type CarliniWagnerRun,
  type CarliniWagnerSettings,
  carliniWagnerRun,
} from './attack/carlini-wagner/carlini-wagner-run.ts';
export { checkAttacks } from './attack/check-attacks.ts';
export { type FabRun, fabRun } from './attack/fab/fab-run.ts';
export type { FabExamples, FabFindings, FabRunOptions } from './attack/fab/fab-search.ts';
export { fabStart } from './attack/fab/fab-start.ts';
export { type BoundaryQuestion, nearestBoundary } from './attack/fab/nearest-boundary.ts';
export { type HyperplaneProblem, projectOnHyperplane } from './attack/fab/project-on-hyperplane.ts';
export { type BumpNorm, squareBump } from './attack/square/square-bump.ts';
export type { SquareDraws } from './attack/square/square-draws.ts';
export { type SquareRun, type SquareSettings, squareRun } from './attack/square/square-run.ts';
export { type SquareSchedule, squareFraction, squareSide } from './attack/square/square-schedule.ts';
export { epsilonsOf } from './ball/epsilons.ts';
export { l1BoxShift } from './ball/l1-box-shift.ts';
export { projectL1 } from './ball/project-l1.ts';
export { projectL1Box } from './ball/project-l1-box.ts';
export { projectL2 } from './ball/project-l2.ts';
export { projectLinf } from './ball/project-linf.ts';
export type { Projection } from './ball/projection.ts';
export { GAUSSIAN_START_DEVIATION } from './ball/random-start.ts';
export { startPerExample } from './ball/start-per-example.ts';
export { checkThreat } from './ball/threat.ts';
export { sameThreat, threatJson } from './ball/threat-json.ts';
export { steepestDirection } from './gradient/steepest-direction.ts';
export { type AscentPoints, type AscentStep, type AscentStepOptions, ascentStep } from './step/ascent-step.ts';
export { type SqueezePoints, type SqueezeStep, type SqueezeStepOptions, squeezeStep } from './step/squeeze-step.ts';
