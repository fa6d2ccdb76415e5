-- 2 and 3 in one: clusters and compares while the embeddings are in memory, so that they are read once.
-- Leaves the same `kmeans_results` and `pairwise_results` as the two steps by themselves, as views of one table.
-- Variables as in 2_kmeans.sql and 3_pairwise.sql.

SET VARIABLE clusters = coalesce(
    getvariable('clusters'),
    (SELECT greatest(1, round(count(*) / 1000)) FROM embeddings)
);

CREATE OR REPLACE TABLE scored AS
FROM kmeans_pairwise(
    coalesce(getvariable('relation'), 'embeddings'),
    getvariable('clusters'),
    which_to_keep := coalesce(getvariable('keep'), 'hard'),
    rank_by := getvariable('rank_by'),
    seed := coalesce(getvariable('seed'), 42),
    on_invalid := coalesce(getvariable('on_invalid'), 'error')
);

CREATE OR REPLACE VIEW kmeans_results AS
SELECT id, centroid, cosine_dist_to_cent, l2_dist_to_cent
FROM scored;

CREATE OR REPLACE VIEW pairwise_results AS
SELECT id, max_id, cosine_sim_score, centroid, rank
FROM scored;
