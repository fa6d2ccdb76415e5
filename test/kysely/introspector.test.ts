import { Migrator, sql, type Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { Bench } from './open.ts';

const bench = new Bench();

test('tables, views and their columns', async () => {
  await bench.connection.run(`
    CREATE SCHEMA other;
    CREATE SEQUENCE ids;
    CREATE TABLE other.numbered (id BIGINT DEFAULT nextval('ids'), price DECIMAL(9, 2) NOT NULL DEFAULT 1);
    COMMENT ON COLUMN other.numbered.price IS 'in euros';
    CREATE VIEW named AS SELECT id, name FROM clips WHERE name IS NOT NULL;`);
  const schemas = await bench.db.introspection.getSchemas();
  expect(schemas.map(({ name }) => name)).toEqual(['main', 'other']);
  const plain = { isNullable: true, hasDefaultValue: false, isAutoIncrementing: false };
  expect(await bench.db.introspection.getTables()).toEqual([
    {
      schema: 'main',
      name: 'clips',
      isView: false,
      columns: [
        { ...plain, name: 'id', dataType: 'INTEGER', isNullable: false },
        { ...plain, name: 'name', dataType: 'VARCHAR' },
        { ...plain, name: 'embedding', dataType: 'FLOAT[2]' },
      ],
    },
    {
      schema: 'main',
      name: 'named',
      isView: true,
      columns: [
        { ...plain, name: 'id', dataType: 'INTEGER' },
        { ...plain, name: 'name', dataType: 'VARCHAR' },
      ],
    },
    {
      schema: 'other',
      name: 'numbered',
      isView: false,
      columns: [
        { ...plain, name: 'id', dataType: 'BIGINT', hasDefaultValue: true, isAutoIncrementing: true },
        {
          ...plain,
          name: 'price',
          dataType: 'DECIMAL(9,2)',
          isNullable: false,
          hasDefaultValue: true,
          comment: 'in euros',
        },
      ],
    },
  ]);
});

test('migrations run, and their tables stay out of the list', async () => {
  const migrator = new Migrator({
    db: bench.db,
    provider: {
      getMigrations: async () => ({
        '1_labels': {
          up: (db: Kysely<unknown>) =>
            db.schema
              .createTable('labels')
              .ifNotExists()
              .addColumn('id', 'integer', (column) => column.primaryKey().references('clips.id'))
              .addColumn('label', 'text', (column) => column.notNull().defaultTo('none'))
              .addColumn('vector', sql`FLOAT[2]`)
              .execute(),
          down: (db: Kysely<unknown>) => db.schema.dropTable('labels').execute(),
        },
        '2_index': {
          up: (db: Kysely<unknown>) =>
            db.schema.createIndex('labels_label').on('labels').column('label').execute(),
          down: (db: Kysely<unknown>) => db.schema.dropIndex('labels_label').execute(),
        },
      }),
    },
  });
  const up = await migrator.migrateToLatest();
  expect(up.error).toBeUndefined();
  expect(up.results?.map(({ status }) => status)).toEqual(['Success', 'Success']);
  const names = async (): Promise<string[]> =>
    (await bench.db.introspection.getTables()).map(({ name }) => name);
  expect(await names()).toEqual(['clips', 'labels']);
  const down = await migrator.migrateDown();
  expect(down.error).toBeUndefined();
  expect((await migrator.getMigrations()).map(({ executedAt }) => executedAt !== undefined)).toEqual([
    true,
    false,
  ]);
});

test('auto-increment columns point to sequences', async () => {
  const query = bench.db.schema
    .createTable('t')
    .addColumn('id', 'integer', (column) => column.autoIncrement());
  await expect(async () => query.execute()).rejects.toThrow(
    /^Not Implemented Error: DuckDB has no auto-increment columns; create a sequence/,
  );
});
