-- 4. Choose eps: how many rows each eps would drop. A row is a duplicate when cosine_sim_score >= 1 - eps; one with score 0
-- has no earlier row to be a duplicate of.
-- explore_eps.sql looks closer.
--
--   output   where pairwise_results/ was written, when the table is not in this database

-- The relation of this database, or else the files of an earlier run; not one of each.
SET VARIABLE pairs = source_of('pairwise_results', 'pairwise_results');
SET VARIABLE agreement = agreement_check('pairwise_results', 'pairwise_results', 'cosine_sim_score');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

FROM eps_curve(getvariable('pairs'));
