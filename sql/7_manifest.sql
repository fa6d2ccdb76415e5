-- 7. Only for output on an object store, which cannot rename folders: <output>/manifest.json, written last.
-- It lists the files; without it the output is not complete.
--
--   output   where the steps before wrote

SET VARIABLE output = required_variable('output');

COPY (
    SELECT list(file ORDER BY file) AS files
    FROM glob(getvariable('output') || '/**/*.parquet')
)
TO (getvariable('output') || '/manifest.json') (FORMAT json);
