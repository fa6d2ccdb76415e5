/** Options of DuckDB's readers that its advice names but `dedup` does not have. */
const READER_OPTIONS =
  /\b(ignore_errors|maximum_object_size|union_by_name|sample_size|maximum_depth|auto_detect|files_to_sniff|format|records)\b'?(?:=| to |" )/i;

/** An expression over a column that the input does not have. */
const UNKNOWN_COLUMN = /--(?:rank-by|protect) '[^]*Referenced column "/;

/** DuckDB's advice in an error, with the options of `dedup` in place of its settings. */
export function withDedupOptions(text: string, hasMetadata: boolean): string {
  const advice = text
    .replace('SET threads=X', '--threads N')
    .replace("SET memory_limit='...GB'", '--memory-limit SIZE')
    .replace(/\n\* Disabling insertion-order preservation[^\n]*/, '')
    .replace(/\n+See also https:\S*how_to_tune_workloads/, '');
  if (UNKNOWN_COLUMN.test(advice) && !hasMetadata)
    return `${advice.trimEnd()}\n\nIf the column is in another file or table, name that with --metadata.`;
  const [, option] = READER_OPTIONS.exec(advice) ?? [];
  if (option === undefined) return advice;
  const reader = option === 'union_by_name' && advice.includes('.parquet') ? 'read_parquet' : 'read_json';
  const argument = option === 'union_by_name' ? 'union_by_name := true' : '…';
  return (
    `${advice.trimEnd()}\n\ndedup has no option for this: write the files to one Parquet file first, ` +
    `with nearduck -c "COPY (FROM ${reader}('…', ${argument})) TO 'input.parquet'"`
  );
}
