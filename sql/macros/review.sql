-- Table macros to inspect rows before they are dropped. eps.sql explains the comments on macros.

-- Every row of pairs counts once, even if the metadata does not contain its id.
CREATE OR REPLACE TEMP MACRO drop_by_group(pairs, eps, metadata, group_by, id := 'id') AS TABLE
    WITH line AS (
        SELECT checked_eps(eps, 'drop_by_group') AS eps
    ),
    values AS (
        FROM query(format(
            'SELECT metadata."{}" AS id, metadata."{}" AS value FROM {} AS metadata',
            replace(id, '"', '""'), replace(group_by, '"', '""'), from_text(metadata)
        ))
    )
    SELECT
        values.value AS value,
        count(*) AS rows,
        count(*) FILTER (is_duplicate(compared.cosine_sim_score, (SELECT line.eps FROM line))) AS dropped,
        dropped / count(*) AS share
    FROM query_table(name_of(pairs)) AS compared
    LEFT JOIN values ON compared.id = values.id
    GROUP BY values.value
    ORDER BY share DESC, dropped DESC, value;

-- Two lines per pair, because ids may be long. Rows with score 0 have no match.
CREATE OR REPLACE TEMP MACRO pairs_near_eps(pairs, eps, are_duplicates) AS TABLE
    WITH nearest AS (
        SELECT
            COLUMNS(lambda c: c IN ('id', 'max_id', 'cosine_sim_score', 'max_in_against')),
            abs(cosine_sim_score::DOUBLE - (1 - eps)) AS distance
        FROM query_table(name_of(pairs))
        WHERE is_duplicate(cosine_sim_score, eps) = are_duplicates AND isfinite(cosine_sim_score) AND cosine_sim_score > 0
        ORDER BY distance, id
        LIMIT 20
    ),
    -- Pairs without earlier rows do not have this column.
    matches AS (
        FROM nearest
        UNION ALL BY NAME
        SELECT NULL::BOOLEAN AS max_in_against WHERE false
    ),
    lines AS (
        SELECT
            row_number() OVER (ORDER BY distance, id) AS place,
            cosine_sim_score,
            unnest([1, 2]) AS line,
            unnest([if(are_duplicates, 'duplicate', 'kept'), if(max_in_against, 'earlier match', 'match')]) AS row,
            unnest([id, max_id]) AS id
        FROM matches
    )
    SELECT cosine_sim_score AS score, row, id
    FROM lines
    ORDER BY place, line;

-- Half of the sample are duplicates, the other half have distances between eps and twice eps. If one half has
-- too few rows, the other provides more. Each half is divided by score into as many slices as it provides
-- rows, and each slice provides the row with the lowest hash.
CREATE OR REPLACE TEMP MACRO review_sample(pairs, eps, rows, seed := 42) AS TABLE
    WITH line AS (
        SELECT
            checked_eps(eps, 'review_sample') AS eps,
            CASE
                WHEN rows::DOUBLE BETWEEN 1 AND 1e9 AND rows::DOUBLE = floor(rows::DOUBLE) THEN rows::BIGINT
                ELSE error('review_sample: rows must be an integer between 1 and 1e9, got ' || coalesce(rows::VARCHAR, 'NULL'))
            END AS rows,
            checked_integer(seed, 0, 'review_sample: seed') AS seed
    ),
    near AS (
        SELECT *, row_number() OVER (PARTITION BY is_dropped ORDER BY score DESC, id) - 1 AS place
        FROM (
            SELECT
                COLUMNS(lambda c: c IN ('id', 'max_id', 'max_in_against')),
                cosine_sim_score AS score,
                is_duplicate(cosine_sim_score, (SELECT line.eps FROM line)) AS is_dropped
            FROM query_table(name_of(pairs))
            WHERE is_duplicate(cosine_sim_score, (SELECT least(1, 2 * line.eps) FROM line))
        )
    ),
    halves AS (
        SELECT count(*) FILTER (is_dropped) AS inside, count(*) FILTER (NOT is_dropped) AS outside
        FROM near
    ),
    shares AS (
        SELECT
            *,
            least(inside, greatest((line.rows + 1) // 2, line.rows - outside)) AS inside_rows,
            least(outside, line.rows - inside_rows) AS outside_rows
        FROM halves, line
    ),
    slices AS (
        SELECT
            near.*,
            if(is_dropped, place * inside_rows // inside, place * outside_rows // outside) AS slice
        FROM near, shares
        WHERE if(is_dropped, inside_rows, outside_rows) > 0
    ),
    drawn AS (
        SELECT *, (count(*) OVER part)::DOUBLE AS weight
        FROM slices
        WINDOW part AS (PARTITION BY is_dropped, slice)
        -- Hashed twice: two seeds differ in few bits of the first hash.
        QUALIFY row_number() OVER (part ORDER BY hash(hash(slices.id, (SELECT line.seed FROM line))), slices.id) = 1
    )
    SELECT * EXCLUDE (is_dropped, place, slice), NULL::BOOLEAN AS same
    FROM drawn
    ORDER BY score DESC, id;

-- Wilson's interval (Wilson 1927) for the effective number of verdicts: from the weights alone (Kish 1965),
-- or from the linearised variance of the weighted mean if that variance is larger.
CREATE OR REPLACE TEMP MACRO eps_precision(verdicts) AS TABLE
    WITH judged AS (
        SELECT
            CASE
                WHEN score > 0 AND score <= 1 THEN least_eps(score)
                ELSE error('eps_precision: score must be a number in (0, 1], got ' || coalesce(score::VARCHAR, 'NULL'))
            END AS eps,
            same::BOOLEAN::INTEGER AS is_same,
            CASE
                WHEN weight IS NULL THEN 1
                WHEN weight > 0 AND isfinite(weight::DOUBLE) THEN weight::DOUBLE
                ELSE error('eps_precision: weight must be a number above 0, got ' || weight::VARCHAR)
            END AS weight
        FROM (FROM query_table(name_of(verdicts)) UNION ALL BY NAME SELECT NULL::DOUBLE AS weight WHERE false)
        WHERE same IS NOT NULL
    ),
    sums AS (
        SELECT
            eps,
            count(*) OVER up AS n,
            sum(weight) OVER up AS w,
            sum(weight * is_same) OVER up AS w_same,
            sum(weight * weight) OVER up AS w2,
            sum(weight * weight * is_same) OVER up AS w2_same
        FROM judged
        WINDOW up AS (ORDER BY eps)
    ),
    shares AS (
        SELECT DISTINCT
            eps,
            n,
            w_same / w AS p,
            p * (1 - p) AS variance,
            ((1 - 2 * p) * w2_same + p * p * w2) / (w * w) AS spread,
            least(w * w / w2, if(spread > 0 AND variance > 0, variance / spread, n)) AS equal_n,
            -- The 0.975 quantile of the normal distribution.
            1.959963984540054::DOUBLE ** 2 / equal_n AS z2
        FROM sums
    ),
    intervals AS (
        SELECT
            *,
            (p + z2 / 2) / (1 + z2) AS middle,
            sqrt(z2 * variance + z2 * z2 / 4) / (1 + z2) AS half
        FROM shares
    )
    SELECT
        eps,
        n AS rows,
        p AS precision,
        greatest(middle - half, 0) AS precision_low,
        least(middle + half, 1) AS precision_high,
        eps IS NOT DISTINCT FROM max(eps) FILTER (precision_low >= 0.95) OVER () AS is_largest_safe
    FROM intervals
    ORDER BY eps;

-- A pair of pairwise or similar_pairs adds a neighbor to both rows. A pair of nearest adds one to the query
-- only.
CREATE OR REPLACE TEMP MACRO atlas_neighbors(relation, pairs, most := 20) AS TABLE
    WITH line AS (
        SELECT checked_integer(most, 1, 'atlas_neighbors: most') AS most
    ),
    rows AS (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS row
        FROM query_table(name_of(relation))
    ),
    known AS (
        SELECT *
        FROM (
            FROM query_table(name_of(pairs))
            UNION ALL BY NAME
            SELECT NULL::BOOLEAN AS max_in_against, NULL::BOOLEAN AS other_in_against, NULL::INTEGER AS neighbor_rank WHERE false
        )
        WHERE is_duplicate(cosine_sim_score, 1) AND NOT coalesce(max_in_against, other_in_against, false)
    ),
    directed AS (
        SELECT id, COLUMNS('^(max_id|other_id|neighbor_id)$') AS other, cosine_sim_score AS score, neighbor_rank IS NULL AS is_mutual
        FROM known
    ),
    edges AS (
        SELECT id, other, score FROM directed
        UNION
        SELECT other, id, score FROM directed WHERE is_mutual
    ),
    numbered AS (
        SELECT edges.id AS id, rows.row AS other, 1 - score::DOUBLE AS distance
        FROM edges JOIN rows ON rows.id = edges.other
        WHERE edges.id <> edges.other
    ),
    nearest AS (
        SELECT id, list({'row': other, 'distance': distance} ORDER BY distance, other)[:(SELECT line.most FROM line)] AS found
        FROM numbered
        GROUP BY id
    )
    SELECT
        rows.row AS row,
        rows.id AS id,
        {
            'ids': coalesce([entry.row FOR entry IN found], []),
            'distances': coalesce([entry.distance FOR entry IN found], [])
        } AS neighbors
    FROM rows LEFT JOIN nearest ON nearest.id = rows.id
    ORDER BY rows.row;

COMMENT ON MACRO TABLE drop_by_group IS 'The share of rows that eps drops per value of a column, largest share first. Rows without metadata count as NULL.
pairs VARCHAR: the result of pairwise
eps DOUBLE: in [0, 1]
metadata VARCHAR: a file, relation or SELECT text with the id and the column
group_by VARCHAR: the column of the metadata
id VARCHAR: id column of the metadata
Returns value, rows BIGINT, dropped BIGINT, share DOUBLE.
Example: FROM drop_by_group(''pairs'', 0.05, ''SELECT id, id % 3 AS source FROM embeddings'', ''source'')';

COMMENT ON MACRO TABLE review_sample IS 'Draws pairs for a person to judge. Half of them are duplicates at eps; the other half lie between eps and twice eps. The same pairs and seed give the same sample, in any order of rows. If pairs has the column max_in_against (true if max_id is an earlier row), the sample has it too.
pairs VARCHAR: the result of pairwise
eps DOUBLE: in [0, 1]
rows BIGINT: number of pairs to draw; if all of 150 duplicates are judged the same, the precision is above 0.95 with 95 % confidence
seed BIGINT: another seed draws other pairs
Returns id, max_id, score FLOAT, weight DOUBLE (rows that the pair stands for), same BOOLEAN (NULL, to fill in).
Example: FROM review_sample(''pairs'', 0.05, 10)';

COMMENT ON MACRO TABLE eps_precision IS 'Estimates the precision of each eps from the verdicts of a person: the share of the pairs within eps that are the same, with a 95 % interval. It marks the largest eps whose lower bound is at least 0.95. Verdicts on a review_sample have weights; without weights, the pairs must be drawn at random.
verdicts VARCHAR: a relation with the columns score, same BOOLEAN (NULL: not judged) and, optionally, weight
Returns eps DOUBLE, rows BIGINT (verdicts), precision DOUBLE, precision_low DOUBLE, precision_high DOUBLE, is_largest_safe BOOLEAN.
Example: FROM eps_precision(''verdicts'')';

COMMENT ON MACRO TABLE atlas_neighbors IS 'Numbers the rows of a relation by id, from 0, and lists the neighbors of each row by number, as Embedding Atlas reads them. Write the rows in this order.
relation VARCHAR: a relation with the column id
pairs VARCHAR: the result of pairwise, similar_pairs or nearest on it
most BIGINT: maximum number of neighbors per row, at least 1
Returns row BIGINT, id, neighbors STRUCT(ids BIGINT[], distances DOUBLE[]) (nearest first; a distance is 1 - cosine_sim_score).
Example: FROM atlas_neighbors(''embeddings'', ''pairs'')';

COMMENT ON MACRO TABLE pairs_near_eps IS 'Returns the 20 pairs nearest to eps, on the side of the duplicates or of the rows kept: two lines per pair, with one id each.';
