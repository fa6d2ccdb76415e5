-- 4b. In place of an eps: sets the variable eps to the largest one that drops no more than a budget allows. Rows with equal
-- scores go together, and exact copies at any eps.
--
--   drop_share   share of the rows to drop at most, in [0, 1]
--   keep_rows    in its place: rows to leave at least
--   output       where pairwise_results/ was written, when the table is not in this database

-- The relation of this database, or else the files of an earlier run; not one of each.
SET VARIABLE pairs = source_of('pairwise_results', 'pairwise_results');
SET VARIABLE agreement = agreement_check('pairwise_results', 'pairwise_results', 'cosine_sim_score');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

SET VARIABLE eps = CASE
    WHEN getvariable('drop_share') IS NULL AND getvariable('keep_rows') IS NULL THEN required_variable('drop_share')
    -- Both are computed, whichever it is.
    WHEN getvariable('drop_share') IS NULL THEN eps_for_rows(getvariable('pairs'), coalesce(getvariable('keep_rows'), 0))
    WHEN getvariable('keep_rows') IS NULL THEN eps_for_share(getvariable('pairs'), coalesce(getvariable('drop_share'), 0))
    ELSE error('4_budget: set drop_share or keep_rows, not both')
END;

SELECT getvariable('eps') AS eps, count(*) AS duplicates
FROM duplicates(getvariable('pairs'), getvariable('eps'));
