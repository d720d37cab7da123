import { escapeText, startOfText } from './escape-text.ts';

/** The longest message; of a longer one, which quotes a file at length, begin and end are kept. */
const MAX_MESSAGE = 4000;
const MESSAGE_END = 600;

/** What every error of `@st/*` says: where, what was wanted, what came, and how to mend it. */
export type ErrorDetails = {
  /** The argument or setting that is wrong, as the caller named it. */
  readonly argument?: string;
  /** The value that came. */
  readonly received?: unknown;
  /** The error below, if one was caught. */
  readonly cause?: unknown;
};

/** The base class: `instanceof StError` identifies errors of `@st/*`; `code` is stable across versions. */
export abstract class StError extends Error {
  abstract readonly code: string;
  readonly argument: string | undefined;
  readonly received: unknown;

  constructor(message: string, details: ErrorDetails = {}) {
    super(boundedMessage(message), 'cause' in details ? { cause: details.cause } : undefined);
    this.name = new.target.name;
    this.argument = details.argument;
    this.received = details.received;
  }
}

/** Names of files and tensors may hold anything: control characters but line breaks are escaped, and the length is bounded. */
function boundedMessage(message: string): string {
  if (message.length <= MAX_MESSAGE) return escapeText(message, '\n\t');
  const left = message.length - MAX_MESSAGE;
  const start = startOfText(message, MAX_MESSAGE - MESSAGE_END);
  return escapeText(`${start} … (${left} characters left out) … ${message.slice(-MESSAGE_END)}`, '\n\t');
}

/** An option or argument has an invalid value. */
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

/** An operation between a result and the tensor that it is differentiated by has no gradient. */
export class MissingGradientError extends StError {
  readonly code = 'ST_MISSING_GRADIENT';
  /** The tfjs name of the operation, as in `tf.registerGradient`; undefined where no operation leads from the one to the other. */
  readonly kernelName: string | undefined;

  constructor(message: string, details: ErrorDetails & { readonly kernelName?: string | undefined } = {}) {
    super(message, details);
    this.kernelName = details.kernelName;
  }
}
