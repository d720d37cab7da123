import { escapeText, startOfText } from './escape-text.ts';

/** Longest message. Of a longer one, such as one that quotes a file, only the beginning and the end are kept. */
const MAX_MESSAGE = 4000;
const MESSAGE_END = 600;

/** Details of an error of `@st/*`. Its message says where it occurred, what was expected, what was given, and how to fix it. */
export type ErrorDetails = {
  /** The name of the invalid argument or setting. */
  readonly argument?: string;
  /** The given value. */
  readonly received?: unknown;
  /** The error that caused it, if one was caught. */
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

/** Escapes control characters other than line breaks and bounds the length, because names of files and tensors may contain anything. */
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

/** There is no usable back end, or it lacks a required kernel or feature. */
export class BackendError extends StError {
  readonly code = 'ST_BACKEND';
}

/** A checkpoint is missing, truncated, of another format, or does not fit the model. */
export class CheckpointError extends StError {
  readonly code = 'ST_CHECKPOINT';
}

/** A data or weights file is missing, corrupt or not in the format it claims. */
export class DataFormatError extends StError {
  readonly code = 'ST_DATA_FORMAT';
}

/** An operation on the path from a tensor to a result that is differentiated with respect to it has no gradient. */
export class MissingGradientError extends StError {
  readonly code = 'ST_MISSING_GRADIENT';
  /** The tfjs name of the operation, as in `tf.registerGradient`; undefined if no path connects the tensor to the result. */
  readonly kernelName: string | undefined;

  constructor(message: string, details: ErrorDetails & { readonly kernelName?: string | undefined } = {}) {
    super(message, details);
    this.kernelName = details.kernelName;
  }
}
