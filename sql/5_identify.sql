-- 5. Identify: the table `duplicate_ids(id)`, sorted, and <output>/duplicates/.
--
--   eps         in [0, 1]
--   output      an existing folder; pairwise_results/ is read from it when the table is not in this database
--   overwrite   true to replace the duplicates/ of another eps; default false

CREATE VIEW IF NOT EXISTS pairwise_results AS
FROM read_parquet(getvariable('output') || '/pairwise_results/*.parquet');

CREATE OR REPLACE TABLE duplicate_ids AS
FROM duplicates('pairwise_results', getvariable('eps'));

COPY (FROM duplicate_ids ORDER BY id)
TO (getvariable('output') || '/duplicates') (
    FORMAT parquet,
    FILE_SIZE_BYTES '1GB',
    OVERWRITE (coalesce(getvariable('overwrite')::BOOLEAN, false))
);
