-- Writes the results of steps 2 and 3 to <output>/kmeans_results/ and <output>/pairwise_results/.
--
--   output      an existing folder
--   overwrite   true to replace results that nearduck wrote there; default false

SET VARIABLE output = required_variable('output');

-- Check that results may be replaced, before anything is written.
SET VARIABLE kmeans_path = output_path('3_write', 'kmeans_results');
SET VARIABLE pairwise_path = output_path('3_write', 'pairwise_results');

COPY (FROM kmeans_results)
TO (getvariable('kmeans_path')) (FORMAT parquet, FILE_SIZE_BYTES '1GB', FILENAME_PATTERN (file_names()));

COPY (FROM pairwise_results)
TO (getvariable('pairwise_path')) (FORMAT parquet, FILE_SIZE_BYTES '1GB', FILENAME_PATTERN (file_names()));

SET VARIABLE kmeans_path = publish_output(getvariable('kmeans_path'), '3_write', json_object('result', 'kmeans_results'));
SET VARIABLE pairwise_path = publish_output(
    getvariable('pairwise_path'),
    '3_write',
    json_object('result', 'pairwise_results', 'rows', (SELECT count(*) FROM pairwise_results))
);
