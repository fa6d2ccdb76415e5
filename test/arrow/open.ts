import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { Connection } from '../../src/connection/connection.ts';
import { tableFunctions } from '../../src/functions/catalogue.ts';
import { tableFunctionOf } from '../../src/functions/definition.ts';
import { readArrowFunction } from '../../src/functions/readArrow.ts';

/** The files that make.py wrote. */
export const file = (name: string): string => join(import.meta.dirname, 'files', name);

/** A connection with all functions, and a folder that is removed after the tests of a file. */
export class Workbench {
  connection!: Connection;
  folder!: string;

  constructor() {
    beforeAll(async () => {
      const functions = new Set([...tableFunctions, readArrowFunction]);
      this.connection = await Connection.open(undefined, { functions: [...functions].map(tableFunctionOf) });
      await this.connection.run(`SET TimeZone = 'UTC'`);
      this.folder = mkdtempSync(join(tmpdir(), 'nearduck-arrow-'));
    });
    afterAll(() => {
      this.connection.closeSync();
      rmSync(this.folder, { recursive: true });
    });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async rows(sql: string): Promise<unknown[][]> {
    return (await this.connection.runAndReadAll(sql)).getRowsJson();
  }

  /** Column names and types, as DESCRIBE prints them. */
  async types(sql: string): Promise<string[]> {
    return (await this.rows(`DESCRIBE ${sql}`)).map(([name, type]) => `${String(name)} ${String(type)}`);
  }

  /** The number of rows that only one of the two relations contains. */
  async difference(a: string, b: string): Promise<number> {
    const [[count]] = await this.rows(`
      SELECT count(*)
      FROM ((FROM (${a}) EXCEPT ALL FROM (${b})) UNION ALL (FROM (${b}) EXCEPT ALL FROM (${a})))
    `);
    return Number(count);
  }
}
