-- 1. Load: creates the view `embeddings(id, embedding, …)` over the input. The view lasts for the session, so
-- run this script first in each session. It reads no rows: later steps scan the files.
--
--   input       files, such as 'clips/*.parquet' or 's3://bucket/clips/*.parquet', a list of files, or the
--               name of a table
--   reader      the table function that reads it; default read_parquet (also read_json, read_csv, read_arrow,
--               read_npy, and query_table for a table)
--   reader_options   its named arguments, such as 'union_by_name := true'; default none
--   id          name of the id column; default id
--   embedding   name of the embedding column; default embedding

SET VARIABLE input = required_variable('input');

CREATE OR REPLACE TEMP VIEW embeddings AS
FROM query(format(
    'SELECT "{0}" AS id, "{1}" AS embedding, * EXCLUDE ("{0}", "{1}") FROM {2}(getvariable(''input''){3})',
    replace(coalesce(getvariable('id'), 'id'), '"', '""'),
    replace(coalesce(getvariable('embedding'), 'embedding'), '"', '""'),
    coalesce(getvariable('reader'), 'read_parquet'),
    coalesce(', ' || getvariable('reader_options')::VARCHAR, '')
));
