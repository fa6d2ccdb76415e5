-- 5. Recall: which share of all duplicates was found. Clusters save work, and lose pairs that a border cuts apart.
-- Leaves the table `recall(eps, duplicates, recall, recall_low, recall_high, rows_checked)`: an estimate with its 95 % interval.
--
--   eps         a number in [0, 1]; default those of 4_choose_eps.sql
--   output      where pairwise_results/ was written, when the table is not in this database
--   relation, protect, seed, on_invalid   as in step 2; only read where 2_3_kmeans_pairwise.sql has checked no rows

-- The relation of this database, or else the files of an earlier run; not one of each.
SET VARIABLE pairs = source_of('pairwise_results', 'pairwise_results');
SET VARIABLE agreement = agreement_check('pairwise_results', 'pairwise_results', 'cosine_sim_score');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

CREATE OR REPLACE TABLE recall AS
FROM pairwise_recall(
    coalesce(getvariable('relation'), 'embeddings'),
    getvariable('pairs'),
    if(
        getvariable('eps') IS NULL,
        eps_ladder(),
        [getvariable('eps')::DOUBLE]
    ),
    protect := getvariable('protect'),
    against := getvariable('earlier'),
    seed := coalesce(getvariable('seed'), 42),
    on_invalid := coalesce(getvariable('on_invalid'), 'error')
);

FROM recall ORDER BY eps;
