import { Kysely } from 'kysely';
import { afterEach, beforeEach } from 'vitest';
import { Connection } from '../../src/connection/connection.ts';
import { tableFunctions } from '../../src/functions/catalogue.ts';
import { tableFunctionOf } from '../../src/functions/definition.ts';
import { NearduckDialect } from '../../src/kysely/nearduckDialect.ts';

export interface Clip {
  id: number;
  name: string | null;
  embedding: number[] | Float32Array;
}

export interface Database {
  clips: Clip;
}

/** A database of four clips for each test: two near [1, 0], two near [0, 1]. */
export class Bench {
  connection!: Connection;
  db!: Kysely<Database>;

  constructor() {
    beforeEach(async () => {
      this.connection = await Connection.open(undefined, { functions: tableFunctions.map(tableFunctionOf) });
      await this.connection.run(`
        CREATE TABLE clips (id INTEGER PRIMARY KEY, name VARCHAR, embedding FLOAT[2]);
        INSERT INTO clips VALUES (1, 'a', [1, 0]), (2, 'b', [1, 0.1]), (3, 'c', [0, 1]), (4, NULL, [0.2, 1]);`);
      this.db = new Kysely<Database>({ dialect: new NearduckDialect({ connection: this.connection }) });
    });
    afterEach(async () => {
      await this.db.destroy();
      this.connection.closeSync();
    });
  }
}
