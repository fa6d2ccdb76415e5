-- Shows the scores in detail, to choose eps: quantiles, a histogram, the curve, and the pairs nearest to eps.
--
--   eps      the eps in question; default the largest of eps_candidates
--   output   folder with pairwise_results/, used if the table is not in this database

-- Read the relation of this database if it exists, otherwise the files of an earlier run. Different results
-- in both are an error.
SET VARIABLE pairs = source_of('pairwise_results', 'pairwise_results');
SET VARIABLE agreement = agreement_check('pairwise_results', 'pairwise_results', 'cosine_sim_score');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

SET VARIABLE eps = checked_eps(
    coalesce(getvariable('eps'), (SELECT max(eps) FROM eps_candidates(getvariable('pairs'))), 0),
    'explore_eps'
);

.print Quantiles of the scores
-- If eps is 1 - the score at quantile q, the share 1 - q of the rows is dropped: a tenth at quantile 0.9.
SELECT
    unnest([0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]) AS quantile,
    round(
        unnest(quantile_cont(cosine_sim_score::DOUBLE, [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])), 6
    ) AS cosine_sim_score
FROM query_table(name_of(getvariable('pairs')));

.print Rows by score, where they crowd
-- If the histogram has two separate peaks, choose an eps between them.
SET VARIABLE from_score = score_start(getvariable('pairs'));
FROM similarity_histogram(getvariable('pairs'), bins := 25, from_score := getvariable('from_score'));

.print Rows that each eps drops
FROM eps_curve(getvariable('pairs'))
WHERE duplicates > 0
QUALIFY coalesce(lag(duplicates) OVER (ORDER BY eps), 0) < 0.9 * max(duplicates) OVER ()
ORDER BY eps;

.print Candidates: the largest is where the crowd of rows without a duplicate ends
FROM eps_candidates(getvariable('pairs'));

SELECT getvariable('eps') AS "eps, of the pairs below";

.print The least similar duplicates: if they look wrong, choose a smaller eps
FROM pairs_near_eps(getvariable('pairs'), getvariable('eps'), true);

.print The most similar pairs kept: if they look like duplicates, choose a larger eps
FROM pairs_near_eps(getvariable('pairs'), getvariable('eps'), false);
