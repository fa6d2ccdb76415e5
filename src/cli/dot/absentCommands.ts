/** Commands of DuckDB's shell that are not supported, and their replacements. */
const replacements: Readonly<Record<string, string>> = {
  binary: "COPY … TO 'file'",
  columns: '.mode line',
  decimal_sep: "format('{:,}', value)",
  dump: "EXPORT DATABASE 'folder'",
  edit: '.shell with your editor, then .read',
  excel: "COPY … TO 'rows.csv'",
  indexes: 'FROM duckdb_indexes()',
  large_number_rendering: "format('{:,}', value)",
  last: '.maxrows COUNT, and run the statement again',
  log: '.output FILE',
  pager: 'a pipe: nearduck … | less -S',
  progress_bar: 'SET enable_progress_bar = false',
  rows: '.mode duckbox',
  safe_mode: 'SET enable_external_access = false',
  thousand_sep: "format('{:,}', value)",
  width: '.maxwidth COUNT',
};

const withoutReplacement = new Set([
  'changes',
  'display_colors',
  'highlight',
  'highlight_colors',
  'highlight_errors',
  'highlight_mode',
  'highlight_results',
  'multiline',
  'read_line_version',
  'render_completion',
  'render_errors',
  'singleline',
  'startup_text',
  'ui_command',
]);

/** The error for a command of DuckDB's shell that is not supported; undefined for other names. */
export function absentCommand(name: string): string | undefined {
  const replacement = Object.hasOwn(replacements, name) ? `: use ${replacements[name]}` : '';
  if (replacement === '' && !withoutReplacement.has(name)) return undefined;
  return `Not Implemented Error: '.${name}' is not supported${replacement}`;
}
