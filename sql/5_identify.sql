-- 5. Identify: the table `duplicate_ids(id)`, sorted, and <output>/duplicates/.
--
--   eps         in [0, 1]
--   output      an existing folder; pairwise_results/ is read from it when the table is not in this database
--   overwrite   true to replace the duplicates/ of another eps; default false

SET VARIABLE output = required_variable('output');

-- Refused before anything is computed.
SET VARIABLE replaced_files = files_to_replace('5_identify', 'duplicates');

-- The table of this database, or else the files of an earlier run.
SET VARIABLE pairs = pairwise_source();

CREATE OR REPLACE TABLE duplicate_ids AS
FROM duplicates(getvariable('pairs'), getvariable('eps'));

COPY (FROM duplicate_ids ORDER BY id)
TO (getvariable('output') || '/duplicates') (
    FORMAT parquet,
    FILE_SIZE_BYTES '1GB',
    OVERWRITE (coalesce(getvariable('overwrite')::BOOLEAN, false))
);
