-- 5. Health: the table `health_findings`, what embedding_health finds in the embeddings, and <output>/health/, which the report shows.
-- Run 1_load.sql before it: this reads the input once more.
--
--   output      an existing folder
--   overwrite   true to replace the health/ that nearduck wrote there; default false

SET VARIABLE output = required_variable('output');

-- Refused before anything is computed.
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
