-- A closer look at the scores, to choose eps by: quantiles, a histogram, the curve, and the pairs nearest the line.
--
--   eps      the eps in question; default 0.01
--   output   where pairwise_results/ was written, when the table is not in this database

-- The relation of this database, or else the files of an earlier run; not one of each.
SET VARIABLE pairs = source_of('pairwise_results', 'pairwise_results');
SET VARIABLE agreement = agreement_check('pairwise_results', 'pairwise_results', 'cosine_sim_score');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

SET VARIABLE eps = if(
    coalesce(getvariable('eps'), 0.01)::DOUBLE BETWEEN 0 AND 1,
    coalesce(getvariable('eps'), 0.01)::DOUBLE,
    error(format('explore_eps: eps must be a number in [0, 1], got {}', getvariable('eps')))
);

-- Quantiles of the scores. eps = 1 - the score at a quantile drops the rows above it: at quantile 0.9 a tenth of them.
SELECT
    unnest([0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]) AS quantile,
    unnest(quantile_cont(cosine_sim_score::DOUBLE, [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])) AS cosine_sim_score
FROM query_table(name_of(getvariable('pairs')));

-- Two humps apart are good news: set eps in the valley between them.
FROM similarity_histogram(getvariable('pairs'), bins := 25);

FROM eps_curve(getvariable('pairs'));

-- The least similar pairs still called duplicates at this eps: if these look wrong, choose a smaller one. A row with
-- score 0 has no earlier row to be a duplicate of.
SELECT id, max_id, cosine_sim_score
FROM query_table(name_of(getvariable('pairs')))
WHERE is_duplicate(cosine_sim_score, getvariable('eps'))
ORDER BY cosine_sim_score, id
LIMIT 20;

-- The most similar pairs kept: if these look like duplicates, choose a larger one.
SELECT id, max_id, cosine_sim_score
FROM query_table(name_of(getvariable('pairs')))
WHERE cosine_sim_score::DOUBLE < 1::DOUBLE - getvariable('eps')::DOUBLE
ORDER BY cosine_sim_score DESC, id
LIMIT 20;
