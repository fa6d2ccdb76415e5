-- 4. Choose eps: how many rows each eps would drop. A row is a duplicate when cosine_sim_score >= 1 - eps.
-- explore_eps.sql looks closer.
--
--   output   where pairwise_results/ was written, when the table is not in this database

-- The table of this database, or else the files of an earlier run.
SET VARIABLE pairs = pairwise_source();

FROM eps_curve(getvariable('pairs'));
