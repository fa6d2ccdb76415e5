-- 3b. Needed only for the rules covered and components, if 2_3_kmeans_pairwise.sql did not find their groups
-- at this eps. Creates the table `all_pairs(id, other_id, cosine_sim_score, rank, other_rank, is_copy)`.
-- 1_load_against.sql adds the column other_in_against, and protect adds other_protected. Reads the embeddings
-- again; run 1_load.sql before it.
--
--   eps          the largest eps for which groups are needed
--   clusters     number of clusters; only rows of the same cluster are compared; default as in step 2
--   overlap, memberships, keep, rank_by, protect, seed, on_invalid   as in steps 2 and 3

SET VARIABLE clusters = coalesce(
    getvariable('clusters'),
    (SELECT default_clusters(count(*), earlier_rows := coalesce(getvariable('earlier_rows'), 0)) FROM embeddings)
);

CREATE OR REPLACE TABLE all_pairs AS
FROM similar_pairs(
    coalesce(getvariable('relation'), 'embeddings'),
    required_variable('eps')::DOUBLE,
    clusters := getvariable('clusters'),
    copies := false,
    overlap := getvariable('overlap'),
    memberships := getvariable('memberships'),
    which_to_keep := coalesce(getvariable('keep'), 'hard'),
    rank_by := getvariable('rank_by'),
    protect := getvariable('protect'),
    against := getvariable('earlier'),
    seed := coalesce(getvariable('seed'), 42),
    on_invalid := coalesce(getvariable('on_invalid'), 'error')
);

CREATE OR REPLACE TABLE paired_by AS
SELECT getvariable('eps')::DOUBLE AS eps;
