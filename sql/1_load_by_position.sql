-- 1. Load embeddings without ids, such as NumPy arrays. The ids come from the metadata: row i of the metadata
-- describes row i of the embeddings. Creates the view `embeddings(id, embedding)`; replaces 1_load.sql.
--
--   input, reader, reader_options, embedding   as in 1_load.sql
--   metadata   a file, relation or SELECT text with one row for each embedding
--   id         its id column; default id
--   position   its column with the row number, from 0; default none: its rows are in the order of the
--              embeddings
--   first_row, end_row   the input contains only rows first_row to end_row (exclusive); all rows were checked
--                        before

SET VARIABLE input = required_variable('input');
SET VARIABLE metadata = required_variable('metadata');

CREATE OR REPLACE TEMP VIEW numbered_ids AS
FROM query(format(
    'SELECT "{}" AS id, {} AS position FROM {}',
    replace(coalesce(getvariable('id'), 'id'), '"', '""'),
    coalesce('"' || replace(getvariable('position')::VARCHAR, '"', '""') || '"', 'row_number() OVER () - 1'),
    from_text(getvariable('metadata'))
));

CREATE OR REPLACE TEMP VIEW embeddings AS
FROM query(format(
    'SELECT ids.id, rows."{}" AS embedding
     FROM {}(getvariable(''input''){}) AS rows
     POSITIONAL JOIN (
         SELECT id
         FROM numbered_ids
         WHERE position >= coalesce(getvariable(''first_row''), 0) AND position < coalesce(getvariable(''end_row''), position + 1)
         ORDER BY position
     ) AS ids',
    replace(coalesce(getvariable('embedding'), 'embedding'), '"', '""'),
    coalesce(getvariable('reader'), 'read_npy'),
    coalesce(', ' || getvariable('reader_options')::VARCHAR, '')
));

SET VARIABLE position_counts = (
    SELECT {'rows': rows, 'ids': count(*), 'numbers': count(DISTINCT position), 'first': min(position), 'last': max(position)}
    FROM numbered_ids,
        query(format(
            'SELECT count(*) AS rows FROM {}(getvariable(''input''){})',
            coalesce(getvariable('reader'), 'read_npy'),
            coalesce(', ' || getvariable('reader_options')::VARCHAR, '')
        ))
    GROUP BY rows
);

SET VARIABLE position_counts = CASE
    WHEN getvariable('end_row') IS NOT NULL THEN NULL
    WHEN getvariable('position_counts').ids IS DISTINCT FROM getvariable('position_counts').rows THEN error(format(
        '1_load_by_position: the input has {} rows and the metadata {}; each embedding needs one row of metadata',
        getvariable('position_counts').rows, getvariable('position_counts').ids
    ))
    WHEN getvariable('position_counts').numbers <> getvariable('position_counts').ids
        OR getvariable('position_counts').first <> 0
        OR getvariable('position_counts').last <> getvariable('position_counts').ids - 1 THEN error(format(
        '1_load_by_position: the column {} of the metadata must number its {} rows from 0, each once; it has {} numbers from {} to {}',
        getvariable('position'), getvariable('position_counts').ids, getvariable('position_counts').numbers,
        getvariable('position_counts').first, getvariable('position_counts').last
    ))
    ELSE getvariable('position_counts')
END;
