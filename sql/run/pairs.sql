-- Runs after pairwise.sql, for the rules covered and components: writes `all_pairs.parquet`, every pair of
-- rows within eps that share a cluster of the bucket, as similar_pairs returns it. Reads the variables of
-- pairwise.sql, and eps.

COPY (
    SELECT * EXCLUDE (rank, other_rank)
    FROM similar_pairs(
        'bucket_own',
        getvariable('eps'),
        cluster := 'clusters',
        copies := false,
        which_to_keep := coalesce(getvariable('keep'), 'hard'),
        rank_by := getvariable('rank_by'),
        protect := if(getvariable('protect') IS NULL, NULL, 'nearduck_protected'),
        against := if(getvariable('earlier_files') IS NULL, NULL, 'bucket_earlier'),
        seed := coalesce(getvariable('seed'), 42)
    )
)
TO (getvariable('folder') || '/all_pairs.parquet') (FORMAT parquet);
