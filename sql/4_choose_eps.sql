-- 4. Choose eps: how many rows each eps would drop. A row is a duplicate when cosine_sim_score >= 1 - eps.
-- explore_eps.sql looks closer.
--
--   output   where pairwise_results/ was written, when the table is not in this database

CREATE VIEW IF NOT EXISTS pairwise_results AS
FROM read_parquet(getvariable('output') || '/pairwise_results/*.parquet');

FROM eps_curve('pairwise_results');
