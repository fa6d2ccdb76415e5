-- 3b. Only for the rules covered and components, where 2_3_kmeans_pairwise.sql did not find their groups at this eps: the table
-- `all_pairs(id, other_id, cosine_sim_score, rank, other_rank, is_copy)`, after 1_load_against.sql with other_in_against, and with
-- protect, other_protected. Reads the embeddings once more, after 1_load.sql.
--
--   eps          the widest eps that groups will be asked for
--   clusters     pairs are looked for inside clusters; default as in step 2
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
