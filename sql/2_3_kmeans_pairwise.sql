-- Steps 2 and 3 in one: reads the embeddings once, and clusters and compares them in memory. Creates the same
-- `kmeans_results` and `pairwise_results` as the two steps, as views of one table. Reads the variables of
-- 2_kmeans.sql and 3_pairwise.sql, and:
--
--   recall       instead of overlap: chooses an overlap that finds this share of all duplicates (1: all)
--   eps          recall counts rows with a score of at least 1 - eps as duplicates; default 0.1
--   rule         chain, covered or components: also finds the groups of duplicates at eps, for
--                5_identify.sql; default none
--   check_rows   number of rows to compare with all rows as well, for 5_recall.sql; adds the column
--                checked_score; default 0

SET VARIABLE clusters = coalesce(
    getvariable('clusters'),
    (SELECT default_clusters(count(*), earlier_rows := coalesce(getvariable('earlier_rows'), 0)) FROM embeddings)
);

CREATE OR REPLACE TABLE scored AS
FROM kmeans_pairwise(
    coalesce(getvariable('relation'), 'embeddings'),
    getvariable('clusters'),
    which_to_keep := coalesce(getvariable('keep'), 'hard'),
    rank_by := getvariable('rank_by'),
    protect := getvariable('protect'),
    against := getvariable('earlier'),
    overlap := getvariable('overlap'),
    memberships := getvariable('memberships'),
    recall := getvariable('recall'),
    eps := getvariable('eps'),
    rule := getvariable('rule'),
    check_rows := getvariable('check_rows'),
    seed := coalesce(getvariable('seed'), 42),
    on_invalid := coalesce(getvariable('on_invalid'), 'error')
);

CREATE OR REPLACE VIEW kmeans_results AS
SELECT id, centroid, cosine_dist_to_cent, l2_dist_to_cent
FROM scored;

CREATE OR REPLACE VIEW pairwise_results AS
SELECT
    id, max_id, cosine_sim_score, centroid,
    -- rank; checked_score if rows were checked; max_in_against after 1_load_against.sql.
    COLUMNS(lambda c: c NOT IN (
        'id', 'max_id', 'cosine_sim_score', 'centroid', 'cosine_dist_to_cent', 'l2_dist_to_cent',
        'kept_id', 'kept_score', 'kept_in_against'
    ))
FROM scored;

-- The eps and rule of kept_id and kept_score; NULL without groups.
CREATE OR REPLACE TABLE grouped_by AS
SELECT getvariable('eps')::DOUBLE AS eps, lower(getvariable('rule')::VARCHAR) AS rule;
