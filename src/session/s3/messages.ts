export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * The first line of an error message. In the lines below, DuckDB repeats the statement and adds explanations.
 */
export const firstLine = (error: unknown): string => messageOf(error).split('\n', 1)[0];
