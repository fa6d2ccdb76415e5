import { DefaultQueryCompiler, type OrActionNode } from 'kysely';
import { NearduckError } from '../errors.ts';

/** Compiles to DuckDB's SQL: identifiers in double quotes, parameters as `$1`. */
export class NearduckQueryCompiler extends DefaultQueryCompiler {
  /** Compiles `INSERT OR REPLACE` and `INSERT OR IGNORE`. */
  protected override visitOrAction(node: OrActionNode): void {
    this.append(`or ${node.action}`);
  }

  /** @throws NearduckError (Not Implemented Error): DuckDB numbers rows with sequences. */
  protected override getAutoIncrement(): string {
    throw new NearduckError(
      'Not Implemented',
      'DuckDB has no auto-increment columns; create a sequence and use ' +
        `defaultTo(sql\`nextval('my_sequence')\`)`,
    );
  }
}
