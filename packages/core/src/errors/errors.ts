/** What every error of `@st/*` says: where, what was wanted, what came, and how to mend it. */
export type ErrorDetails = {
  /** The argument or setting that is wrong, as the caller named it. */
  readonly argument?: string;
  /** The value that came. */
  readonly received?: unknown;
  /** The error below, if one was caught. */
  readonly cause?: unknown;
};

/** The base of the family: `instanceof StError` tells our errors from others; `code` is stable across versions. */
export abstract class StError extends Error {
  abstract readonly code: string;
  readonly argument: string | undefined;
  readonly received: unknown;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.name = new.target.name;
    this.argument = details.argument;
    this.received = details.received;
  }
}

/** An option or argument has a value that cannot be meant. */
export class InvalidArgumentError extends StError {
  readonly code = 'ST_INVALID_ARGUMENT';
}

/** A tensor has the wrong rank, shape or dtype. */
export class ShapeError extends StError {
  readonly code = 'ST_SHAPE';
}

/** No usable back end, or one that lacks what the work needs. */
export class BackendError extends StError {
  readonly code = 'ST_BACKEND';
}

/** A checkpoint is missing, truncated, foreign, or does not fit the model. */
export class CheckpointError extends StError {
  readonly code = 'ST_CHECKPOINT';
}

/** A data or weights file is missing, corrupt or not in the format it claims. */
export class DataFormatError extends StError {
  readonly code = 'ST_DATA_FORMAT';
}
