/** Runs `body`. Returns undefined when a file does not exist. */
export function unlessMissing<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
