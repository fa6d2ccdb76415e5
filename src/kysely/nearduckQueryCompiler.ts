import { DefaultQueryCompiler, type OrActionNode } from 'kysely';
import { NearduckError } from '../errors.ts';

/** Kysely's default SQL is DuckDB's: identifiers in double quotes, parameters as `$1`. The differences are here. */
export class NearduckQueryCompiler extends DefaultQueryCompiler {
  /** `INSERT OR REPLACE`, `INSERT OR IGNORE`. */
  protected override visitOrAction(node: OrActionNode): void {
    this.append(`or ${node.action}`);
  }

  /** @throws NearduckError (Not Implemented Error): DuckDB numbers rows with sequences. */
  protected override getAutoIncrement(): string {
    throw new NearduckError(
      'Not Implemented',
      `DuckDB has no auto-increment columns; make a sequence and use defaultTo(sql\`nextval('my_sequence')\`)`,
    );
  }
}
