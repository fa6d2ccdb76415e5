/** Options of DuckDB's readers that its advice names, and `dedup` does not have. */
const READER_OPTIONS =
  /\b(?:ignore_errors|maximum_object_size|union_by_name|sample_size|maximum_depth|auto_detect|files_to_sniff|format|records)\b'?(?:=| to )|"maximum_object_size"/i;

/** An expression over a column that the input does not have. */
const UNKNOWN_COLUMN = /\b(?:rank_by|protect) '[^]*Referenced column "/;

/** DuckDB's advice in an error, with the options of `dedup` in place of its settings. */
export function withDedupOptions(text: string, hasMetadata: boolean): string {
  const advice = text
    .replace('SET threads=X', '--threads N')
    .replace("SET memory_limit='...GB'", '--memory-limit SIZE')
    .replace(/\n\* Disabling insertion-order preservation[^\n]*/, '')
    .replace(/\n+See also https:\S*how_to_tune_workloads/, '');
  if (UNKNOWN_COLUMN.test(advice) && !hasMetadata)
    return `${advice.trimEnd()}\n\nIf the column is in another file or table, name that with --metadata.`;
  if (!READER_OPTIONS.test(advice)) return advice;
  return (
    `${advice.trimEnd()}\n\ndedup has no option for this: write the files to Parquet first, ` +
    `with nearduck -c "COPY (FROM read_json('…', …)) TO 'input.parquet'"`
  );
}
