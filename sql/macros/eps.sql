-- Macros to choose eps from the result of pairwise. `pairs` names a table, a view or files with the columns
-- id and cosine_sim_score. A score of 0 means that no earlier row is similar; max_id is then the row's own
-- id. Such a row is never a duplicate. The first row of each cluster has score 0.
--
-- `.help` and the reference show the comment on a macro: a description, one line per parameter, the returned
-- columns, and an example, which the tests run. A macro without an example is a helper and is not listed.

-- Compared as DOUBLE, because 0.9::FLOAT >= 1 - 0.1 would be true. NaN sorts above all numbers, but is not a
-- score.
CREATE OR REPLACE TEMP MACRO is_duplicate(score, eps) AS
    isfinite(score) AND score > 0 AND score::DOUBLE >= 1::DOUBLE - eps::DOUBLE;

-- The subtraction rounds for a DOUBLE score below 0.5, and for any score below 2^-29.
CREATE OR REPLACE TEMP MACRO least_eps(score) AS if(
    1::DOUBLE - (1::DOUBLE - score::DOUBLE) <= score::DOUBLE,
    greatest(1::DOUBLE - score::DOUBLE, 0),
    nextafter(1::DOUBLE - score::DOUBLE, 1::DOUBLE)
);

-- The default values of eps.
CREATE OR REPLACE TEMP MACRO eps_ladder() AS
    [0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5]::DOUBLE[];

-- As text, a DECIMAL of many digits, as least_eps returns, converts exactly.
CREATE OR REPLACE TEMP MACRO checked_eps(eps, name) AS CASE
    WHEN eps::VARCHAR::DOUBLE BETWEEN 0 AND 1 THEN eps::VARCHAR::DOUBLE
    ELSE error(name || ': eps must be a number in [0, 1], got ' || coalesce(eps::VARCHAR, 'NULL'))
END;

CREATE OR REPLACE TEMP MACRO checked_integer(value, least, name) AS CASE
    WHEN TRY_CAST(value AS BIGINT) >= least AND TRY_CAST(value AS DOUBLE) = floor(TRY_CAST(value AS DOUBLE)) THEN TRY_CAST(value AS BIGINT)
    ELSE error(format('{} must be an integer of at least {}, got {}', name, least, coalesce(value::VARCHAR, 'NULL')))
END;

-- A subquery, so that an invalid eps is an error even if no row is compared with it.
CREATE OR REPLACE TEMP MACRO duplicates(pairs, eps) AS TABLE
    WITH line AS (
        SELECT checked_eps(eps, 'duplicates') AS eps
    )
    SELECT id
    FROM query_table(name_of(pairs))
    WHERE is_duplicate(cosine_sim_score, (SELECT line.eps FROM line))
    ORDER BY id;

CREATE OR REPLACE TEMP MACRO eps_curve(pairs) AS TABLE
    WITH ladder AS (
        SELECT unnest(eps_ladder()) AS eps
    ),
    scores AS (
        SELECT cosine_sim_score::DOUBLE AS score
        FROM query_table(name_of(pairs))
    )
    SELECT
        eps,
        count(*) FILTER (is_duplicate(score, eps)) AS duplicates,
        round(duplicates / count(*), 4) AS share
    FROM ladder, scores
    GROUP BY eps
    ORDER BY eps;

-- Each eps at which the number of duplicates increases.
CREATE OR REPLACE TEMP MACRO eps_steps(pairs) AS TABLE
    WITH steps AS (
        SELECT least_eps(cosine_sim_score) AS step, count(*) AS n
        FROM query_table(name_of(pairs))
        WHERE is_duplicate(cosine_sim_score, 1)
        GROUP BY ALL
    )
    SELECT
        step AS eps,
        (sum(n) OVER (ORDER BY step))::BIGINT AS duplicates,
        (SELECT count(*) FROM query_table(name_of(pairs))) AS rows
    FROM steps
    ORDER BY step;

CREATE OR REPLACE TEMP MACRO eps_for_share(pairs, share) AS (
    WITH budget AS (
        SELECT CASE
            WHEN share::DOUBLE BETWEEN 0 AND 1 THEN share::DOUBLE
            ELSE error('eps_for_share: share must be a number in [0, 1], got ' || coalesce(share::VARCHAR, 'NULL'))
        END AS share
    )
    SELECT coalesce(max(step.eps), 0)
    FROM eps_steps(pairs) AS step
    WHERE step.duplicates / step.rows <= (SELECT budget.share FROM budget)
);

CREATE OR REPLACE TEMP MACRO eps_for_rows(pairs, rows) AS (
    WITH budget AS (
        SELECT CASE
            WHEN rows::DOUBLE >= 0 AND rows::DOUBLE = floor(rows::DOUBLE) AND isfinite(rows::DOUBLE) THEN rows::DOUBLE
            ELSE error('eps_for_rows: rows must be an integer of at least 0, got ' || coalesce(rows::VARCHAR, 'NULL'))
        END AS rows
    )
    SELECT coalesce(max(step.eps), 0)
    FROM eps_steps(pairs) AS step
    WHERE step.rows - step.duplicates >= (SELECT budget.rows FROM budget)
);

-- The distances 1 - score of rows without a duplicate crowd around some value. The rows are counted per half
-- octave of the distance. Towards smaller distances, the crowd ends at the first count of at most a quarter
-- of the largest.
CREATE OR REPLACE TEMP MACRO eps_candidates(pairs) AS TABLE
    WITH steps AS (
        FROM eps_steps(pairs)
    ),
    bins AS (
        SELECT floor(2 * log2(least_eps(cosine_sim_score)))::INTEGER AS bin, count(*) AS n
        FROM query_table(name_of(pairs))
        WHERE is_duplicate(cosine_sim_score, 1) AND least_eps(cosine_sim_score) > 1e-6
        GROUP BY ALL
    ),
    crowd AS (
        SELECT max(bin) AS bin, any_value(largest) AS largest
        FROM (SELECT *, max(n) OVER () AS largest FROM bins)
        WHERE n >= largest / 2
    ),
    edge AS (
        SELECT 2 ** ((max(below.bin) + 1) / 2) AS eps
        FROM (SELECT unnest(range(-60, bin)) AS bin, largest FROM crowd) AS below
        LEFT JOIN bins USING (bin)
        WHERE coalesce(n, 0) <= largest / 4
    ),
    candidates AS (
        SELECT 0::DOUBLE AS eps
        UNION ALL
        SELECT round(eps / divisor, 1 - floor(log10(eps / divisor))::INTEGER) AS eps
        FROM edge, (SELECT unnest([1, 2, 4, 8, 16, 32, 64]) AS divisor)
    ),
    counted AS (
        SELECT candidates.eps, max(steps.duplicates) AS duplicates, any_value(steps.rows) AS rows
        FROM candidates JOIN steps ON steps.eps <= candidates.eps
        GROUP BY candidates.eps
    )
    FROM (
        SELECT min(eps) AS eps, duplicates, round(duplicates / any_value(rows), 4) AS share
        FROM counted
        GROUP BY duplicates
        ORDER BY eps DESC
        LIMIT 3
    )
    ORDER BY eps;

CREATE OR REPLACE TEMP MACRO similarity_histogram(pairs, bins := 20, from_score := 0) AS TABLE
    WITH view AS (
        SELECT
            CASE
                WHEN bins BETWEEN 1 AND 10000 AND bins = floor(bins) THEN TRY_CAST(bins AS INTEGER)
                ELSE error('similarity_histogram: bins must be an integer between 1 and 10000, got ' || coalesce(bins::VARCHAR, 'NULL'))
            END AS count,
            CASE
                WHEN from_score::DOUBLE >= 0 AND from_score::DOUBLE < 1 THEN from_score::DOUBLE
                ELSE error('similarity_histogram: from_score must be a number in [0, 1), got ' || coalesce(from_score::VARCHAR, 'NULL'))
            END AS start
    ),
    binned AS (
        -- Bin -1 contains the rows below the start.
        SELECT
            greatest(floor((score - start) / (1 - start) * count), -1)::INTEGER AS above,
            least(above, count - 1)::INTEGER AS bin,
            count(*) AS rows
        FROM (
            SELECT least(greatest(cosine_sim_score::DOUBLE, 0), 1) AS score
            FROM query_table(name_of(pairs))
            WHERE isfinite(cosine_sim_score)
        ), view
        GROUP BY ALL
    ),
    counted AS (
        SELECT bin, sum(rows)::BIGINT AS rows
        FROM binned
        GROUP BY bin
    )
    SELECT
        round(if(b.bin < 0, 0, start + b.bin * (1 - start) / count), 6) AS from_score,
        round(start + (b.bin + 1) * (1 - start) / count, 6) AS to_score,
        coalesce(rows, 0) AS rows,
        bar(coalesce(rows, 0), 0, max(coalesce(rows, 0)) OVER (), 40) AS bar
    FROM (SELECT unnest(range(if(start > 0, -1, 0), count)) AS bin, start, count FROM view) AS b
    LEFT JOIN counted USING (bin)
    ORDER BY b.bin;

-- The lowest score of a histogram that shows the crowd. Few scores are lower.
CREATE OR REPLACE TEMP MACRO score_start(pairs) AS (
    SELECT coalesce(greatest(least(floor(quantile_cont(cosine_sim_score::DOUBLE, 0.02) * 100) / 100, 0.99), 0), 0)
    FROM query_table(name_of(pairs))
    WHERE is_duplicate(cosine_sim_score, 1)
);

COMMENT ON MACRO is_duplicate IS 'True if a row with this score is a duplicate: its score is at least 1 - eps, compared as DOUBLE, and above 0.
score FLOAT: the cosine_sim_score of the row
eps DOUBLE: in [0, 1]
Returns BOOLEAN.
Example: SELECT count(*) FROM pairs WHERE is_duplicate(cosine_sim_score, 0.05)';

COMMENT ON MACRO least_eps IS 'The smallest eps at which a row with this score is a duplicate.
score FLOAT: the cosine_sim_score of the row, above 0
Returns DOUBLE.
Example: SELECT least_eps(0.995::FLOAT)';

COMMENT ON MACRO eps_ladder IS 'The default values of eps.';
COMMENT ON MACRO score_start IS 'The 2 % quantile of the scores above 0.';
COMMENT ON MACRO checked_eps IS 'Returns eps. An invalid eps is an error.';
COMMENT ON MACRO checked_integer IS 'Returns an integer. A smaller value than the least, and any other, is an error that begins with the name.';
COMMENT ON MACRO TABLE eps_steps IS 'Each eps at which the number of duplicates increases, with this number and the number of rows.';

COMMENT ON MACRO TABLE duplicates IS 'Ids of the rows with cosine_sim_score >= 1 - eps and above 0, sorted.
pairs VARCHAR: the result of pairwise: a table, a view or files
eps DOUBLE: in [0, 1]
Returns id.
Example: FROM duplicates(''pairs'', 0.05)';

COMMENT ON MACRO TABLE eps_curve IS 'Counts the rows that each of 14 eps from 0 to 0.5 would drop, and gives their share of all rows.
pairs VARCHAR: the result of pairwise
Returns eps DOUBLE, duplicates BIGINT, share DOUBLE.
Example: FROM eps_curve(''pairs'')';

COMMENT ON MACRO eps_for_share IS 'The largest eps that drops at most this share of the rows. Rows with equal scores are dropped together. Exact copies score 1 and are dropped at any eps: if they alone exceed the share, the result is 0.
pairs VARCHAR: the result of pairwise
share DOUBLE: share of the rows to drop, in [0, 1]
Returns eps DOUBLE.
Example: FROM duplicates(''pairs'', eps_for_share(''pairs'', 0.3))';

COMMENT ON MACRO eps_for_rows IS 'The largest eps that keeps at least this many rows; 0 if the exact copies alone leave fewer.
pairs VARCHAR: the result of pairwise
rows BIGINT: rows to keep
Returns eps DOUBLE.
Example: FROM duplicates(''pairs'', eps_for_rows(''pairs'', 8))';

COMMENT ON MACRO TABLE eps_candidates IS 'Suggests up to three eps to look at first, and counts the rows that each drops. The distances 1 - score of rows without a duplicate crowd around some value; the largest candidate is where this crowd ends. The others are a half, a quarter and so on of it, as long as they drop fewer rows.
pairs VARCHAR: the result of pairwise
Returns eps DOUBLE, duplicates BIGINT, share DOUBLE.
Example: FROM eps_candidates(''pairs'')';

COMMENT ON MACRO TABLE similarity_histogram IS 'Counts the rows per bin of similarity scores, in bins of equal width up to 1, and draws a bar for each.
pairs VARCHAR: the result of pairwise
bins INTEGER: number of bins, from 1 to 10000
from_score DOUBLE: the lowest score of the first bin; one more bin counts the rows below it
Returns from_score DOUBLE, to_score DOUBLE, rows BIGINT, bar VARCHAR.
Example: FROM similarity_histogram(''pairs'', bins := 10, from_score := 0.9)';
