-- Runs after finish.sql, for the rules covered and components: creates the table `all_pairs` of
-- 3_all_pairs.sql from the results of the tasks, with the ranks of all rows.
--
--   all_pair_files   files of the tasks
--   eps              the eps that the tasks searched with

CREATE OR REPLACE TABLE all_pairs AS
WITH found AS (
    -- Several tasks find the same pair if several buckets contain both rows.
    SELECT DISTINCT ON (id, other_id, in_against)
        * EXCLUDE (other_in_against, other_protected),
        coalesce(other_in_against, false) AS in_against,
        coalesce(other_protected, false) AS other_protected
    FROM (
        FROM read_parquet(getvariable('all_pair_files'), union_by_name := true, hive_partitioning := false)
        UNION ALL BY NAME
        SELECT NULL::BOOLEAN AS other_in_against, NULL::BOOLEAN AS other_protected WHERE false
    )
),
-- Earlier rows come first, by id.
earlier AS (
    SELECT other_id, 1 - row_number() OVER (ORDER BY other_id DESC) AS rank
    FROM (SELECT DISTINCT other_id FROM found WHERE in_against)
)
SELECT
    found.id,
    found.other_id,
    cosine_sim_score,
    own.rank,
    if(in_against, earlier.rank, other.rank) AS other_rank,
    is_copy,
    in_against AS other_in_against,
    other_protected
FROM found
JOIN ranked AS own ON own.id = found.id
LEFT JOIN ranked AS other ON if(in_against, NULL, found.other_id) = other.id
LEFT JOIN earlier ON if(in_against, found.other_id, NULL) = earlier.other_id;

CREATE OR REPLACE TABLE paired_by AS
SELECT getvariable('eps')::DOUBLE AS eps;
