/** The error classes that nearduck uses; errors that quote DuckDB's have any of its classes. */
export type ErrorClass =
  | 'Binder'
  | 'Invalid Input'
  | 'IO'
  | 'Out of Memory'
  | 'Catalog'
  | 'Connection'
  | 'INTERRUPT'
  | 'Not Implemented'
  | (string & Record<never, never>);

/**
 * An error worded as DuckDB words its own: `Binder Error: kmeans: k must be between 1 and the number of rows
 * (1500), got 0`. `message` carries the class prefix; `detail` is the part after it.
 */
export class NearduckError extends Error {
  readonly errorClass: ErrorClass;
  readonly detail: string;

  constructor(errorClass: ErrorClass, detail: string, options?: ErrorOptions) {
    super(`${errorClass} Error: ${detail}`, options);
    this.name = 'NearduckError';
    this.errorClass = errorClass;
    this.detail = detail;
  }
}

/** An error about the arguments of a call, which no rows could make valid. */
export const binderError = (detail: string): NearduckError => new NearduckError('Binder', detail);
/** An error about values, such as the rows of a relation. */
export const invalidInputError = (detail: string): NearduckError =>
  new NearduckError('Invalid Input', detail);
/** An error about files or object stores. */
export const ioError = (detail: string, cause?: unknown): NearduckError =>
  new NearduckError('IO', detail, { cause });
/** The message of any thrown value. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The first line of an error message. In the lines below, DuckDB repeats the statement. */
export const firstLine = (error: unknown): string => messageOf(error).split('\n', 1)[0];

/** Throws errors without their class, which DuckDB prepends to the message of a callback's error. */
export function withoutErrorClass<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw error instanceof NearduckError ? new Error(error.detail, { cause: error }) : error;
  }
}

/** Uses DuckDB's wording, because an interrupt can also stop DuckDB's own statements. */
export const interruptError = (): NearduckError => new NearduckError('INTERRUPT', 'Interrupted!');
/** The error of a statement on a closed connection. */
export const closedError = (): NearduckError => new NearduckError('Connection', 'the connection was closed');

/**
 * The columns of a relation differ from those that a call was bound with. The statement is correct when it is
 * bound again.
 */
export class RelationChanged extends NearduckError {
  constructor(functionName: string, what: string) {
    super(
      'Invalid Input',
      `${functionName}: ${what}; the columns of the relation changed since the statement was prepared: ` +
        'prepare it again',
    );
    this.name = 'RelationChanged';
  }
}

/** DuckDB's message without the statement that it quotes, where the user did not write this statement. */
export const withoutStatement = (message: string): string => message.replace(/\n+LINE \d+:[^]*/, '');
