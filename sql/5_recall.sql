-- 5. Recall: estimates the share of all duplicates that was found. A search inside clusters misses pairs of
-- rows in different clusters. Creates the table `recall(eps, duplicates, recall, recall_low, recall_high,
-- rows_checked)`, with the 95 % interval of the estimate.
--
--   eps         a number in [0, 1]; default: all values of 4_choose_eps.sql
--   output      folder with pairwise_results/, used if the table is not in this database
--   relation, protect, seed, on_invalid   as in step 2; used only if 2_3_kmeans_pairwise.sql checked no rows

-- Read the relation of this database if it exists, otherwise the files of an earlier run. Different results
-- in both are an error.
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
