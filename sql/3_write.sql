-- Writes what steps 2 and 3 found: <output>/kmeans_results/ and <output>/pairwise_results/.
--
--   output   an existing folder

SET VARIABLE output = required_variable('output');

COPY (FROM kmeans_results)
TO (getvariable('output') || '/kmeans_results') (FORMAT parquet, FILE_SIZE_BYTES '1GB');

COPY (FROM pairwise_results)
TO (getvariable('output') || '/pairwise_results') (FORMAT parquet, FILE_SIZE_BYTES '1GB');
