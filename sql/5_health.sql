-- 5. Health: writes the findings of embedding_health to the table `health_findings` and to <output>/health/,
-- which the report shows. Reads the input again; run 1_load.sql before it.
--
--   output      an existing folder
--   overwrite   true to replace the health/ that nearduck wrote there; default false

SET VARIABLE output = required_variable('output');

-- Check that results may be replaced, before anything is computed.
SET VARIABLE health_path = output_path('5_health', 'health');

CREATE OR REPLACE TABLE health_findings AS
FROM embedding_health('embeddings');

COPY (FROM health_findings)
TO (getvariable('health_path')) (FORMAT parquet, FILE_SIZE_BYTES '1GB', FILENAME_PATTERN (file_names()));

SET VARIABLE health_path = publish_output(
    getvariable('health_path'),
    '5_health',
    json_object('result', 'health', 'warnings', (SELECT count(*) FROM health_findings WHERE status = 'warning'))
);

FROM health_findings;
