import { NearduckError } from '../../errors.ts';

/** An error of a check that several commands make. The command that prints it adds its name. */
export class Refusal extends NearduckError {
  /** The message, as the command `command` says it. */
  saidBy(command: string): string {
    return `${this.errorClass} Error: ${command}: ${this.detail}`;
  }
}

/** A refusal because of the arguments or the columns of an input. */
export const binderRefusal = (detail: string): Refusal => new Refusal('Binder', detail);
/** A refusal because of files or object stores. */
export const ioRefusal = (detail: string, cause?: unknown): Refusal => new Refusal('IO', detail, { cause });
