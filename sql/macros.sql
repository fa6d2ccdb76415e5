-- Table macros, created in every session: over the result of pairwise, and one that reads.
-- `pairs` names a table, a view or files with the columns id and cosine_sim_score. A score of 0 says that no earlier row
-- is similar: max_id is the row's own id then. Such a row, the first of its cluster among them, is never a duplicate.

-- Compared as DOUBLE: 0.9::FLOAT >= 1 - 0.1 would be true. NaN is above everything, and no score.
CREATE OR REPLACE TEMP MACRO is_duplicate(score, eps) AS
    isfinite(score) AND score > 0 AND score::DOUBLE >= 1::DOUBLE - eps::DOUBLE;

-- The values of eps that are looked at where none is given.
CREATE OR REPLACE TEMP MACRO eps_ladder() AS
    [0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5]::DOUBLE[];

-- A subquery, so that a wrong eps is an error even where no row is compared with it.
CREATE OR REPLACE TEMP MACRO duplicates(pairs, eps) AS TABLE
    WITH line AS (
        SELECT CASE
            WHEN eps::DOUBLE BETWEEN 0 AND 1 THEN eps::DOUBLE
            ELSE error('duplicates: eps must be a number in [0, 1], got ' || coalesce(eps::VARCHAR, 'NULL'))
        END AS eps
    )
    SELECT id
    FROM query_table(pairs)
    WHERE is_duplicate(cosine_sim_score, (SELECT line.eps FROM line))
    ORDER BY id;

CREATE OR REPLACE TEMP MACRO eps_curve(pairs) AS TABLE
    WITH ladder AS (
        SELECT unnest(eps_ladder()) AS eps
    ),
    scores AS (
        SELECT cosine_sim_score::DOUBLE AS score
        FROM query_table(pairs)
    )
    SELECT
        eps,
        count(*) FILTER (is_duplicate(score, eps)) AS duplicates,
        round(duplicates / count(*), 4) AS share
    FROM ladder, scores
    GROUP BY eps
    ORDER BY eps;

CREATE OR REPLACE TEMP MACRO similarity_histogram(pairs, bins := 20) AS TABLE
    WITH scores AS (
        SELECT least(greatest(cosine_sim_score::DOUBLE, 0), 1) AS score
        FROM query_table(pairs)
        WHERE isfinite(cosine_sim_score)
    ),
    binned AS (
        SELECT TRY_CAST(least(floor(score * bins), bins - 1) AS INTEGER) AS bin, count(*) AS rows
        FROM scores
        GROUP BY bin
    )
    SELECT
        round(b.bin / bins, 6) AS from_score,
        round((b.bin + 1) / bins, 6) AS to_score,
        coalesce(rows, 0) AS rows,
        bar(coalesce(rows, 0), 0, max(coalesce(rows, 0)) OVER (), 40) AS bar
    FROM (
        SELECT unnest(range(if(
            bins BETWEEN 1 AND 10000 AND bins = floor(bins),
            TRY_CAST(bins AS INTEGER),
            error('similarity_histogram: bins must be an integer between 1 and 10000, got ' || coalesce(bins::VARCHAR, 'NULL'))
        ))) AS bin
    ) AS b
    LEFT JOIN binned USING (bin)
    ORDER BY from_score;

CREATE OR REPLACE TEMP MACRO read_json_exactly(files) AS TABLE
    FROM read_json(files, sample_size := -1, maximum_sample_files := -1);

COMMENT ON MACRO TABLE duplicates IS 'Ids of the rows with cosine_sim_score >= 1 - eps and above 0, sorted.';
COMMENT ON MACRO TABLE eps_curve IS 'For a ladder of eps: how many rows are duplicates, and their share.';
COMMENT ON MACRO TABLE similarity_histogram IS 'Rows by similarity score, in 1 to 10000 equal bins from 0 to 1, with bars.';
COMMENT ON MACRO TABLE read_json_exactly IS 'JSON files. Types are guessed from all rows, where read_json takes the first 20,480 and may round later ones.';

-- What follows serves the scripts.

CREATE OR REPLACE TEMP MACRO required_variable(name) AS coalesce(
    getvariable(name),
    error(format('set the variable {0} first: -set {0}=… or SET VARIABLE {0} = …', name))
);

-- In a URL a question mark begins the parameters.
CREATE OR REPLACE TEMP MACRO literal_path(path) AS regexp_replace(
    path,
    if(contains(path, '://'), '[*[]', '[*?[]'),
    '[\0]',
    'g'
);

-- A semicolon or a comment at the end of a statement must not swallow the bracket.
CREATE OR REPLACE TEMP MACRO from_text(source) AS CASE
    WHEN regexp_matches(source, '^\s*(FROM|SELECT|WITH)\s', 'i') THEN
        '(' || regexp_replace(source, '[\s;]+$', '') || chr(10) || ')'
    WHEN regexp_matches(source, '/|\.(parquet|csv|tsv|jsonl?|ndjson)$', 'i') AND NOT contains(source, '(')
        THEN '''' || replace(source, '''', '''''') || ''''
    ELSE source
END;

CREATE OR REPLACE TEMP MACRO is_in_database(relation) AS (
    SELECT count(*) > 0
    FROM duckdb_columns()
    WHERE table_name = relation AND database_name IN (current_database(), 'temp')
);

CREATE OR REPLACE TEMP MACRO source_of(relation, folder) AS coalesce(
    if(is_in_database(relation), relation, literal_path(getvariable('output')) || '/' || folder || '/*.parquet'),
    required_variable('output')
);

-- A statement, for a script to run: a macro cannot read relations of which one may not be there.
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
                '{} of this database and the files in {}/{} are of different runs: use another database, or another output',
                relation, replace(getvariable('output'), '''', ''''''), folder
            )
        ),
        'SELECT true'
    )
    FROM glob(coalesce(literal_path(getvariable('output')) || '/' || folder || '/*.parquet', ''))
);

-- Few rows are compared with each other, and with earlier ones, as fast as they are clustered. The centroids are fitted on `rows`.
CREATE OR REPLACE TEMP MACRO default_clusters(rows, earlier_rows := 0) AS if(
    rows::DOUBLE * (rows / 2 + earlier_rows) <= 4000::DOUBLE * (rows + earlier_rows),
    1,
    round(least((rows + earlier_rows) / 1000, rows / 50))
);

-- Where to write a result. On an object store it is written in its place, which must be free.
CREATE OR REPLACE TEMP MACRO output_path(script, result) AS (
    SELECT if(
        count(*) > 0,
        error(format('{}: {}/{} is not empty, and objects are not replaced; choose another prefix', script, getvariable('output'), result)),
        stage_output(script, getvariable('output'), result, coalesce(getvariable('overwrite')::BOOLEAN, false))
    )
    FROM glob(if(contains(getvariable('output'), '://'), literal_path(getvariable('output')) || '/' || result || '/**', ''))
);

-- Names of the files of a result.
CREATE OR REPLACE TEMP MACRO file_names() AS coalesce(getvariable('file_names'), 'data_{i}');

COMMENT ON MACRO is_duplicate IS 'Whether a row with that score has an earlier row close enough.';
COMMENT ON MACRO eps_ladder IS 'The values of eps that are looked at where none is given.';
COMMENT ON MACRO default_clusters IS 'The number of clusters for so many rows, compared with so many earlier ones.';
COMMENT ON MACRO required_variable IS 'The value of a variable; an error where it is not set.';
COMMENT ON MACRO literal_path IS 'A path as a pattern that only it matches.';
COMMENT ON MACRO from_text IS 'A statement, a file or a relation as it stands in a FROM clause.';
COMMENT ON MACRO is_in_database IS 'Whether this database has a table or view of that name.';
COMMENT ON MACRO source_of IS 'A relation of this database, or else the files of an earlier run.';
COMMENT ON MACRO agreement_check IS 'A statement that is an error where this database and the output hold different results.';
COMMENT ON MACRO output_path IS 'Where to write a result of the output; an error where it may not be replaced.';
COMMENT ON MACRO file_names IS 'The pattern that files of a result are named by.';
