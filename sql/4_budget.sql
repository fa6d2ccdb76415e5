-- 4b. Choose eps by a budget: sets the variable eps to the largest eps that drops no more rows than the
-- budget allows. Rows with equal scores are dropped together, and exact copies are dropped at any eps.
--
--   drop_share   maximum share of the rows to drop, in [0, 1]
--   keep_rows    instead of drop_share: minimum number of rows to keep
--   output       folder with pairwise_results/, used if the table is not in this database

-- Read the relation of this database if it exists, otherwise the files of an earlier run. Different results
-- in both are an error.
SET VARIABLE pairs = source_of('pairwise_results', 'pairwise_results');
SET VARIABLE agreement = agreement_check('pairwise_results', 'pairwise_results', 'cosine_sim_score');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

SET VARIABLE eps = CASE
    WHEN getvariable('drop_share') IS NULL AND getvariable('keep_rows') IS NULL THEN required_variable('drop_share')
    -- DuckDB evaluates both branches, so neither may fail without its variable.
    WHEN getvariable('drop_share') IS NULL THEN eps_for_rows(getvariable('pairs'), coalesce(getvariable('keep_rows'), 0))
    WHEN getvariable('keep_rows') IS NULL THEN eps_for_share(getvariable('pairs'), coalesce(getvariable('drop_share'), 0))
    ELSE error('4_budget: set drop_share or keep_rows, not both')
END;

SELECT getvariable('eps') AS eps, count(*) AS duplicates
FROM duplicates(getvariable('pairs'), getvariable('eps'));
