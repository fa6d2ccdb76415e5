-- A closer look at the scores, to choose eps by: quantiles, a histogram, the curve, and the pairs nearest the line.
--
--   eps      the eps in question; default 0.01
--   output   where pairwise_results/ was written, when the table is not in this database

CREATE VIEW IF NOT EXISTS pairwise_results AS
FROM read_parquet(getvariable('output') || '/pairwise_results/*.parquet');

SET VARIABLE eps = coalesce(getvariable('eps'), 0.01);

-- Quantiles of the scores. eps = 1 - quantile drops that share of the rows.
SELECT
    unnest([0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]) AS quantile,
    unnest(quantile_cont(cosine_sim_score::DOUBLE, [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])) AS cosine_sim_score
FROM pairwise_results;

-- Two humps apart are good news: set eps in the valley between them.
FROM similarity_histogram('pairwise_results', bins := 25);

FROM eps_curve('pairwise_results');

-- The least similar pairs still called duplicates at this eps: if these look wrong, choose a smaller one.
SELECT id, max_id, cosine_sim_score
FROM pairwise_results
WHERE cosine_sim_score::DOUBLE >= 1::DOUBLE - getvariable('eps')::DOUBLE
ORDER BY cosine_sim_score, id
LIMIT 20;

-- The most similar pairs kept: if these look like duplicates, choose a larger one.
SELECT id, max_id, cosine_sim_score
FROM pairwise_results
WHERE cosine_sim_score::DOUBLE < 1::DOUBLE - getvariable('eps')::DOUBLE
ORDER BY cosine_sim_score DESC, id
LIMIT 20;
