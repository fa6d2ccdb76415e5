-- 3. Compare: creates the table `compared`, and over it the view `pairwise_results(id, max_id,
-- cosine_sim_score, centroid, rank)`. For each row, it contains the most similar row ranked before it in its
-- cluster; of similar rows, the first-ranked one is kept. `rank` orders the rows of all clusters. After
-- 1_load_against.sql, `max_in_against` is true if max_id is an earlier row; earlier rows need the column
-- centroid too, which kmeans_assign returns.
--
--   keep         hard (default: far from the centroid first), easy or random
--   rank_by      an SQL ordering over the columns of `embeddings`, such as 'bytes DESC'; overrides keep
--   protect      a condition over those columns: rows that meet it rank first and are never duplicates
--   overlap      a row is also compared in each cluster whose border is at most this far away; default 0
--   memberships  maximum number of clusters per row; default 4, 0 for no limit
--   centroids    for overlap: the relation with the centroids of kmeans_results
--   seed, on_invalid   as in step 2

CREATE OR REPLACE TABLE compared AS
FROM pairwise(
    -- kmeans_results comes first, so that its columns take precedence over input columns of the same name.
    'SELECT * FROM kmeans_results JOIN ' || coalesce(getvariable('relation'), 'embeddings') || ' USING (id)',
    which_to_keep := coalesce(getvariable('keep'), 'hard'),
    rank_by := getvariable('rank_by'),
    protect := getvariable('protect'),
    against := getvariable('earlier'),
    overlap := getvariable('overlap'),
    memberships := getvariable('memberships'),
    centroids := getvariable('centroids'),
    seed := coalesce(getvariable('seed'), 42),
    on_invalid := coalesce(getvariable('on_invalid'), 'error')
);

CREATE OR REPLACE VIEW pairwise_results AS
FROM compared;

-- Groups found by 2_3_kmeans_pairwise.sql belong to other pairs.
DROP TABLE IF EXISTS grouped_by;
