/** Commands of DuckDB's shell that are not here, and what does their work. */
const replacements: Readonly<Record<string, string>> = {
  binary: "COPY … TO 'file'",
  changes: '',
  columns: '.mode line',
  decimal_sep: "format('{:,}', value)",
  display_colors: '',
  dump: "EXPORT DATABASE 'folder'",
  edit: '.shell with your editor, then .read',
  excel: "COPY … TO 'rows.csv'",
  highlight: '',
  highlight_colors: '',
  highlight_errors: '',
  highlight_mode: '',
  highlight_results: '',
  indexes: 'FROM duckdb_indexes()',
  large_number_rendering: "format('{:,}', value)",
  last: '.maxrows COUNT, and run the statement again',
  log: '.output FILE',
  multiline: '',
  pager: 'a pipe: nearduck … | less -S',
  progress_bar: 'SET enable_progress_bar = false',
  read_line_version: '',
  render_completion: '',
  render_errors: '',
  rows: '.mode duckbox',
  safe_mode: 'SET enable_external_access = false',
  singleline: '',
  startup_text: '',
  thousand_sep: "format('{:,}', value)",
  ui_command: '',
  width: '.maxwidth COUNT',
};

/** The error for a command of DuckDB's shell that is not here; undefined for other names. */
export function absentCommand(name: string): string | undefined {
  if (!Object.hasOwn(replacements, name)) return undefined;
  const instead = replacements[name] && `: use ${replacements[name]}`;
  return `Not Implemented Error: '.${name}' of DuckDB's shell is not here${instead}`;
}
