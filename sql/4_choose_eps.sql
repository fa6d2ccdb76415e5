-- 4. Choose eps: shows how many rows each eps would drop; explore_eps.sql shows more detail. A row is a
-- duplicate if cosine_sim_score >= 1 - eps. A row with score 0 is never a duplicate, because no row ranked
-- before it is similar.
--
--   output   folder with pairwise_results/, used if the table is not in this database

-- Read the relation of this database if it exists, otherwise the files of an earlier run. Different results
-- in both are an error.
SET VARIABLE pairs = source_of('pairwise_results', 'pairwise_results');
SET VARIABLE agreement = agreement_check('pairwise_results', 'pairwise_results', 'cosine_sim_score');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

FROM eps_curve(getvariable('pairs'));
