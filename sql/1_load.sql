-- 1. Load: the view `embeddings(id, embedding, …)` over the input, for the session: run this first in each.
-- Nothing is read yet: Parquet files are scanned when a later step asks for them.
--
--   input       files, such as 'clips/*.parquet' or 's3://bucket/clips/*.parquet', or a list of files
--   reader      the table function that reads them; default read_parquet (also read_json, read_csv, read_arrow)
--   id          name of the id column; default id
--   embedding   name of the embedding column; default embedding

SET VARIABLE input = required_variable('input');

CREATE OR REPLACE TEMP VIEW embeddings AS
FROM query(format(
    'SELECT "{0}" AS id, "{1}" AS embedding, * EXCLUDE ("{0}", "{1}") FROM {2}(getvariable(''input''))',
    replace(coalesce(getvariable('id'), 'id'), '"', '""'),
    replace(coalesce(getvariable('embedding'), 'embedding'), '"', '""'),
    coalesce(getvariable('reader'), 'read_parquet')
));
