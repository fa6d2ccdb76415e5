-- 2. Cluster: creates the table `clustered`, and over it the view
-- `kmeans_results(id, centroid, cosine_dist_to_cent, l2_dist_to_cent)`.
-- Step 3 compares only rows of the same cluster, which makes millions of rows possible.
--
--   clusters     number of clusters; default one per 1,000 rows, but a single one for up to 8,000 rows.
--                Earlier rows (1_load_against.sql) count too: one per 1,000 rows of both, at most one per 50
--                rows, but a single one for up to 4,000 pairs per row
--   seed         default 42
--   on_invalid   error (default) or skip

SET VARIABLE clusters = coalesce(
    getvariable('clusters'),
    (SELECT default_clusters(count(*), earlier_rows := coalesce(getvariable('earlier_rows'), 0)) FROM embeddings)
);

CREATE OR REPLACE TABLE clustered AS
FROM kmeans(
    coalesce(getvariable('relation'), 'embeddings'),
    getvariable('clusters'),
    seed := coalesce(getvariable('seed'), 42),
    on_invalid := coalesce(getvariable('on_invalid'), 'error')
);

CREATE OR REPLACE VIEW kmeans_results AS
FROM clustered;
