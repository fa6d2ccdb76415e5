-- Macros for the scripts. Every session creates them before the macros of the other files in this folder.
-- eps.sql explains the comments on macros.

-- query_table would treat the dots of an unquoted path as separators of schema and table, and read './out/x'
-- as '/out/x'. It removes quotes from names, so a path contains a pattern that matches only a quote instead.
CREATE OR REPLACE TEMP MACRO name_of(relation) AS if(
    regexp_matches(relation, '/|\.(parquet|csv|tsv|jsonl?|ndjson)$', 'i')
    AND NOT regexp_full_match(relation, '"([^"]|"")+"(\.("([^"]|"")+"|[^"/]+))*'),
    '"' || replace(relation, '"', '[!' || chr(1) || '-!#-' || chr(127) || ']') || '"',
    relation
);

CREATE OR REPLACE TEMP MACRO read_json_exactly(files) AS TABLE
    FROM read_json(files, sample_size := -1, maximum_sample_files := -1);

CREATE OR REPLACE TEMP MACRO required_variable(name) AS coalesce(
    getvariable(name),
    error(format('set the variable {0} first: -set {0}=… or SET VARIABLE {0} = …', name))
);

-- In a URL, a question mark is not a wildcard: it begins the parameters.
CREATE OR REPLACE TEMP MACRO literal_path(path) AS regexp_replace(
    path,
    if(contains(path, '://'), '[*[]', '[*?[]'),
    '[\0]',
    'g'
);

-- A semicolon is removed, and a line break ends a comment, so that the closing bracket takes effect.
CREATE OR REPLACE TEMP MACRO from_text(source) AS CASE
    WHEN regexp_matches(source, '^\s*(FROM|SELECT|WITH)\s', 'i') THEN
        '(' || regexp_replace(source, '[\s;]+$', '') || chr(10) || ')'
    WHEN regexp_matches(source, '^[^(]*/[^(]*$|\.(parquet|csv|tsv|jsonl?|ndjson)$', 'i')
        THEN '''' || replace(source, '''', '''''') || ''''
    ELSE source
END;

CREATE OR REPLACE TEMP MACRO is_in_database(relation) AS (
    SELECT count(*) > 0
    FROM duckdb_columns()
    WHERE table_name = relation AND database_name IN (current_database(), 'temp')
);

-- A folder name that begins like a statement gets the prefix './', so that it is not read as one.
CREATE OR REPLACE TEMP MACRO source_of(relation, folder) AS (
    SELECT CASE
        WHEN is_in_database(relation) THEN relation
        WHEN getvariable('output') IS NULL THEN required_variable('output')
        WHEN count(*) > 0 THEN
            if(regexp_matches(getvariable('output'), '^\s*(FROM|SELECT|WITH)\s', 'i'), './', '')
            || literal_path(getvariable('output')) || '/' || folder || '/*.parquet'
        ELSE error(format('output {} has no {}/: name the output folder of a finished run', getvariable('output'), trim(folder, '/*')))
    END
    FROM glob(coalesce(literal_path(getvariable('output')) || '/' || folder || '/*.parquet', ''))
);

-- Returns a statement for the script to run, because a macro cannot read a relation that may not exist.
CREATE OR REPLACE TEMP MACRO agreement_check(relation, folder, column_name) AS (
    SELECT if(
        is_in_database(relation) AND count(*) > 0,
        format(
            'SELECT if((SELECT {0} FROM {1}) IS DISTINCT FROM (SELECT {0} FROM read_parquet(''{2}'')), error(''{3}''), true)',
            format(
                '(count(*), bit_xor(hash(coalesce(TRY_CAST({0}::VARCHAR AS DOUBLE)::VARCHAR, {0}::VARCHAR))))',
                column_name
            ),
            relation,
            replace(literal_path(getvariable('output')), '''', '''''') || '/' || folder || '/*.parquet',
            format(
                '{} of this database and the files in {}/{} come from different runs: use another database, or another output',
                relation, replace(getvariable('output'), '''', ''''''), folder
            )
        ),
        'SELECT true'
    )
    FROM glob(coalesce(literal_path(getvariable('output')) || '/' || folder || '/*.parquet', ''))
);

-- Comparing few rows with each other and with earlier rows takes no longer than clustering them. The
-- centroids are fitted on `rows`.
CREATE OR REPLACE TEMP MACRO default_clusters(rows, earlier_rows := 0) AS if(
    rows::DOUBLE * (rows / 2 + earlier_rows) <= 4000::DOUBLE * (rows + earlier_rows),
    1,
    round(least((rows + earlier_rows) / 1000, rows / 50))
);

-- The path to write a result to. On an object store, results are written directly, so the path must be free.
CREATE OR REPLACE TEMP MACRO output_path(script, result) AS (
    SELECT if(
        count(*) > 0,
        error(format('{}: {}/{} is not empty, and objects are not replaced; choose another prefix', script, getvariable('output'), result)),
        stage_output(script, getvariable('output'), result, coalesce(getvariable('overwrite')::BOOLEAN, false))
    )
    FROM glob(if(contains(getvariable('output'), '://'), literal_path(getvariable('output')) || '/' || result || '/**', ''))
);

-- The filename pattern of a result.
CREATE OR REPLACE TEMP MACRO file_names() AS coalesce(getvariable('file_names'), 'data_{i}');

COMMENT ON MACRO TABLE read_json_exactly IS 'Reads JSON files. Infers the types from all rows; read_json infers them from the first 20,480 rows and may round later values.
files VARCHAR or VARCHAR[]: a path, a glob or a list of them
Returns the columns of the files.
Example: FROM read_json_exactly(''embeddings.json'')';

COMMENT ON MACRO default_clusters IS 'The number of clusters that dedup makes by default.
rows BIGINT: rows to compare
earlier_rows BIGINT: earlier rows to compare them with
Returns a whole DOUBLE: 1 for up to 4,000 pairs per row (8,000 rows without earlier rows), then one per 1,000 rows of both, but at most one per 50 rows.
Example: SELECT default_clusters(50000)';

COMMENT ON MACRO name_of IS 'Converts the name of a relation or file to the form that query_table expects.';
COMMENT ON MACRO required_variable IS 'Returns the value of a variable. An unset variable is an error.';
COMMENT ON MACRO literal_path IS 'Escapes a path, so that as a pattern it matches only itself.';
COMMENT ON MACRO from_text IS 'Converts a statement, a file or a relation to text for a FROM clause.';
COMMENT ON MACRO is_in_database IS 'Returns true if this database has a table or view of that name.';
COMMENT ON MACRO source_of IS 'Returns a relation of this database if it exists, otherwise the files of an earlier run.';
COMMENT ON MACRO agreement_check IS 'Returns a statement that fails if this database and the output contain different results.';
COMMENT ON MACRO output_path IS 'Returns the path to write a result to. A result that must not be replaced is an error.';
COMMENT ON MACRO file_names IS 'Returns the filename pattern for the files of a result.';
