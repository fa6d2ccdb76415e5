export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** DuckDB repeats the statement, and explains, below the first line. */
export const firstLine = (error: unknown): string => messageOf(error).split('\n', 1)[0];
