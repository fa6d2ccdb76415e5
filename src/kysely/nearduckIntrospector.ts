import {
  DEFAULT_MIGRATION_LOCK_TABLE,
  DEFAULT_MIGRATION_TABLE,
  sql,
  type DatabaseIntrospector,
  type DatabaseMetadata,
  type DatabaseMetadataOptions,
  type Kysely,
  type SchemaMetadata,
  type TableMetadata,
} from 'kysely';

interface ColumnRow {
  readonly schema: string;
  readonly table: string;
  readonly isView: boolean;
  readonly column: string;
  readonly dataType: string;
  readonly isNullable: boolean;
  readonly columnDefault: string | null;
  readonly comment: string | null;
}

/** Tables, views and columns of the current database, from DuckDB's own catalogue functions. */
export class NearduckIntrospector implements DatabaseIntrospector {
  readonly #db: Kysely<unknown>;

  constructor(db: Kysely<unknown>) {
    this.#db = db;
  }

  async getSchemas(): Promise<SchemaMetadata[]> {
    const { rows } = await sql<SchemaMetadata>`
      SELECT schema_name AS name
      FROM duckdb_schemas()
      WHERE database_name = current_database()
      ORDER BY name`.execute(this.#db);
    return rows;
  }

  async getTables(
    options: DatabaseMetadataOptions = { withInternalKyselyTables: false },
  ): Promise<TableMetadata[]> {
    const { rows } = await sql<ColumnRow>`
      SELECT
        c.schema_name AS "schema",
        c.table_name AS "table",
        v.view_name IS NOT NULL AS "isView",
        c.column_name AS "column",
        c.data_type AS "dataType",
        c.is_nullable AS "isNullable",
        c.column_default AS "columnDefault",
        c.comment
      FROM duckdb_columns() AS c
      LEFT JOIN duckdb_views() AS v
        ON v.database_name = c.database_name AND v.schema_name = c.schema_name AND v.view_name = c.table_name
      WHERE c.database_name = current_database() AND NOT c.internal
      ORDER BY c.schema_name, c.table_name, c.column_index`.execute(this.#db);
    const internal = new Set<string>([DEFAULT_MIGRATION_TABLE, DEFAULT_MIGRATION_LOCK_TABLE]);
    return tablesOf(rows.filter(({ table }) => options.withInternalKyselyTables || !internal.has(table)));
  }

  async getMetadata(options?: DatabaseMetadataOptions): Promise<DatabaseMetadata> {
    return { tables: await this.getTables(options) };
  }
}

function tablesOf(rows: readonly ColumnRow[]): TableMetadata[] {
  const tables = new Map<string, TableMetadata>();
  for (const { schema, table: name, isView, column, dataType, isNullable, columnDefault, comment } of rows) {
    const key = JSON.stringify([schema, name]);
    const table = tables.get(key) ?? { schema, name, isView, columns: [] };
    tables.set(key, table);
    table.columns.push({
      name: column,
      dataType,
      isNullable,
      hasDefaultValue: columnDefault !== null,
      isAutoIncrementing: /^nextval\(/i.test(columnDefault ?? ''),
      ...(comment === null ? {} : { comment }),
    });
  }
  return [...tables.values()];
}
