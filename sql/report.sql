-- Creates the temporary tables that `nearduck report` shows, and the variable report_data with their rows as
-- JSON:
--
--   report_steps(eps, dropped)                    rows that each eps drops
--   report_recall(eps, recall, low, high)         an estimate for some eps; empty if no rows were checked
--   report_pairs(id, max_id, max_is_earlier, score, weight)
--                                                 pairs spread over all scores, for a person to compare
--   report_members(kept_id, kept_is_earlier, id, score, size)
--                                                 the largest groups of duplicates at eps
--   report_clusters(rows, clusters)               number of clusters per number of rows
--   report_outliers(id, centroid, distance)       rows far from their centroid
--   report_shares(value, rows, eps, dropped)      rows dropped per value of a column; only with group_by
--   report_health(finding, status, detail, remedy)   the findings of 5_health.sql; empty if it was not run
--   report_ids(id, position)                      rows whose metadata are shown, in order
--
--   output     the folder of a run
--   eps        a number in [0, 1]; default the largest of eps_candidates, or else 0.01
--   metadata   a file, relation or SELECT text
--   id         its id column; default id
--   show       a list of its columns to show; default none
--   group_by   a column of the metadata, or of group_relation as in 5_guard.sql
--   groups     the groups of the run, if it used this eps; default: the groups of the rule chain

SET VARIABLE scored_source = from_text(source_of('pairwise_results', 'pairwise_results'));
CREATE OR REPLACE TEMP VIEW report_scored AS
FROM query('FROM ' || getvariable('scored_source'));

-- A run with embeddings writes one folder per cluster.
SET VARIABLE clustered_source = from_text(source_of('kmeans_results', 'kmeans_results/**'));
CREATE OR REPLACE TEMP VIEW report_clustered AS
FROM query('FROM ' || getvariable('clustered_source'));

-- Compute the candidates only if eps is not set.
SET VARIABLE eps_query = if(
    getvariable('eps') IS NULL,
    'SELECT coalesce(max(eps), 0.01) FROM eps_candidates(''report_scored'')',
    'SELECT getvariable(''eps'')'
);
SET VARIABLE eps = checked_eps((FROM query(getvariable('eps_query'))), 'report');

CREATE OR REPLACE TEMP TABLE report_scores AS
SELECT cosine_sim_score::DOUBLE AS score, count(*) AS rows
FROM report_scored
WHERE is_duplicate(cosine_sim_score, 1)
GROUP BY ALL;

-- 50 values of eps per decade, with three digits each, so that the many scores near 1 are separated too.
CREATE OR REPLACE TEMP TABLE report_lines AS
SELECT DISTINCT eps, 1::DOUBLE - eps AS line
FROM (
    -- The eps of the page replaces the nearest of these values.
    SELECT round(10 ** (i / 50 - 6), (2 - floor(i / 50 - 6))::INTEGER) AS eps
    FROM range(301) AS steps(i)
    WHERE i <> coalesce(round(50 * (6 + log10(nullif(getvariable('eps'), 0)))), -1)
    UNION ALL
    SELECT unnest([0::DOUBLE, getvariable('eps')])
);

CREATE OR REPLACE TEMP TABLE report_steps AS
WITH counted AS (
    SELECT line, sum(rows) AS rows
    FROM report_scores ASOF JOIN report_lines ON score >= line
    GROUP BY line
)
SELECT eps, coalesce(sum(rows) OVER (ORDER BY eps), 0)::BIGINT AS dropped
FROM report_lines LEFT JOIN counted USING (line)
ORDER BY eps;

-- The rows were checked during the run, so the relation is not read again.
SET VARIABLE is_checked = (
    SELECT count(*) > 0
    FROM (DESCRIBE FROM report_scored)
    WHERE column_name = 'checked_score'
);

SET VARIABLE recall_query = if(
    getvariable('is_checked'),
    format(
        'FROM pairwise_recall(''SELECT id, [1]::FLOAT[] AS embedding FROM report_scored'', ''report_scored'', {})',
        list_sort(list_distinct(eps_ladder() || [getvariable('eps')]))::VARCHAR || '::DOUBLE[]'
    ),
    'SELECT NULL::DOUBLE AS eps, NULL::DOUBLE AS recall, NULL::DOUBLE AS recall_low, NULL::DOUBLE AS recall_high WHERE false'
);

CREATE OR REPLACE TEMP TABLE report_recall AS
SELECT eps, recall, recall_low AS low, recall_high AS high
FROM query(getvariable('recall_query'))
ORDER BY eps;

SET VARIABLE health_query = (
    SELECT CASE
        WHEN is_in_database('health_findings') THEN 'FROM health_findings'
        WHEN count(*) > 0 THEN format('FROM read_parquet(''{}/health/*.parquet'')', replace(literal_path(getvariable('output')), '''', ''''''))
        ELSE 'SELECT NULL AS finding, NULL AS status, NULL AS detail, NULL AS remedy WHERE false'
    END
    FROM glob(literal_path(getvariable('output')) || '/health/*.parquet')
);

CREATE OR REPLACE TEMP TABLE report_health AS
SELECT finding, status, detail, remedy
FROM query(getvariable('health_query'));

-- Up to six rows from each of eight slices per decade of 1 - score: the rows whose ids have the lowest
-- hashes. max_is_earlier separates rows and earlier rows with equal ids; it is false if the run had no
-- earlier rows.
CREATE OR REPLACE TEMP TABLE report_pairs AS
WITH slices AS (
    SELECT
        arg_min(
            {'id': id, 'max_id': max_id, 'max_is_earlier': coalesce(max_in_against, false), 'score': cosine_sim_score},
            hash(hash(id, 42)),
            6
        ) AS pairs,
        count(*) AS rows
    FROM (FROM report_scored UNION ALL BY NAME SELECT NULL::BOOLEAN AS max_in_against WHERE false)
    WHERE is_duplicate(cosine_sim_score, 1)
    GROUP BY floor(8 * log10(greatest(least_eps(cosine_sim_score), 1e-7)))
)
FROM (
    SELECT unnest(pairs, recursive := true), rows / len(pairs) AS weight
    FROM slices
)
ORDER BY score DESC, id;

SET VARIABLE groups_query = format(
    'SELECT kept_id, coalesce(kept_in_against, false) AS kept_is_earlier, id, score, group_size
    FROM (
        {}
        UNION ALL BY NAME
        SELECT NULL::BOOLEAN AS kept_in_against WHERE false
    )',
    coalesce(
        'SELECT * EXCLUDE (cosine_sim_score), kept_score AS score FROM ' || from_text(getvariable('groups')::VARCHAR),
        'SELECT *, cosine_sim_score AS score FROM duplicate_groups(''report_scored'', getvariable(''eps''))'
    )
);

CREATE OR REPLACE TEMP TABLE report_groups AS
FROM query(getvariable('groups_query'));

-- The twenty largest groups, with up to twelve of the least similar rows of each.
CREATE OR REPLACE TEMP TABLE report_members AS
WITH largest AS (
    SELECT kept_id, kept_is_earlier, any_value(group_size) AS size
    FROM report_groups
    GROUP BY kept_id, kept_is_earlier
    ORDER BY size DESC, kept_id, kept_is_earlier
    LIMIT 20
)
SELECT kept_id, kept_is_earlier, id, score, size
FROM report_groups JOIN largest USING (kept_id, kept_is_earlier)
QUALIFY row_number() OVER (PARTITION BY kept_id, kept_is_earlier ORDER BY score, id) <= 12
ORDER BY size DESC, kept_id, kept_is_earlier, score, id;

CREATE OR REPLACE TEMP TABLE report_clusters AS
SELECT rows, count(*) AS clusters
FROM (SELECT count(*) AS rows FROM report_clustered GROUP BY centroid)
GROUP BY rows
ORDER BY rows;

CREATE OR REPLACE TEMP TABLE report_outliers AS
SELECT id, centroid, cosine_dist_to_cent AS distance
FROM report_clustered
ORDER BY distance DESC, id
LIMIT 12;

SET VARIABLE group_source = coalesce(getvariable('group_relation')::VARCHAR, getvariable('metadata')::VARCHAR);
SET VARIABLE shares_query = if(
    getvariable('group_by') IS NULL,
    'SELECT NULL::VARCHAR AS value, NULL::BIGINT AS rows, NULL::DOUBLE AS eps, NULL::BIGINT AS dropped WHERE false',
    format(
        'WITH valued AS (
            SELECT metadata."{0}"::VARCHAR AS value, pairs.cosine_sim_score::DOUBLE AS score
            FROM report_scored AS pairs LEFT JOIN {1} AS metadata ON metadata."{2}" = pairs.id
        ),
        largest AS (SELECT value, count(*) AS rows FROM valued GROUP BY value ORDER BY rows DESC, value LIMIT 20),
        counted AS (
            SELECT value, lines.eps AS eps, count(*) AS n
            FROM (FROM valued WHERE is_duplicate(score, 1)) ASOF JOIN report_lines AS lines ON score >= lines.line
            GROUP BY ALL
        )
        SELECT
            largest.value, rows, lines.eps,
            (sum(coalesce(n, 0)) OVER (PARTITION BY largest.value ORDER BY lines.eps))::BIGINT AS dropped
        FROM largest CROSS JOIN report_lines AS lines LEFT JOIN counted ON counted.value IS NOT DISTINCT FROM largest.value AND counted.eps = lines.eps',
        replace(getvariable('group_by')::VARCHAR, '"', '""'),
        from_text(getvariable('group_source')),
        if(getvariable('group_source') = 'embeddings', 'id', replace(coalesce(getvariable('id')::VARCHAR, 'id'), '"', '""'))
    )
);

CREATE OR REPLACE TEMP TABLE report_shares AS
FROM query(getvariable('shares_query'));

-- The rows whose metadata are shown, in the order in which the page shows them: pairs near eps first, as
-- src/report/nearestPairs.ts orders them. Earlier rows are not in the metadata.
CREATE OR REPLACE TEMP TABLE report_ids AS
SELECT id, min(2 * position + second) AS position
FROM (
    SELECT
        unnest([id::VARCHAR, if(max_is_earlier, NULL, max_id::VARCHAR)]) AS id,
        unnest([0, 1]) AS second,
        row_number() OVER (
            ORDER BY abs(ln(greatest(1 - score::DOUBLE, 1e-7) / greatest(getvariable('eps'), 1e-7))), score DESC, id
        ) AS position
    FROM report_pairs
    UNION ALL
    SELECT unnest([if(kept_is_earlier, NULL, kept_id::VARCHAR), id::VARCHAR]), unnest([0, 1]), 1000000 + rowid
    FROM report_members
    UNION ALL
    SELECT id::VARCHAR, 0, 2000000 + rowid
    FROM report_outliers
)
WHERE id IS NOT NULL
GROUP BY id;

-- Shortens ids and values, each of which may be a document. Those that differ stay different, by a hash.
CREATE OR REPLACE TEMP MACRO short_text(text) AS if(
    length(text::VARCHAR) <= 100,
    text::VARCHAR,
    left(text::VARCHAR, 100) || '… #' || left(sha256(text::VARCHAR), 8)
);

-- The data of the page as JSON, with the names of `ReportData` in src/report/reportData.ts.
SET VARIABLE report_data = (
    SELECT json_object(
        'rows', (SELECT count(*) FROM report_scored),
        'eps', getvariable('eps')::DOUBLE,
        'steps', (SELECT {'eps': list(eps ORDER BY eps), 'dropped': list(dropped ORDER BY eps)} FROM report_steps),
        'recall', (SELECT coalesce(list(points ORDER BY eps), []) FROM report_recall AS points),
        'pairs', (
            SELECT coalesce(list({
                'id': short_text(id), 'maxId': short_text(max_id), 'maxIsEarlier': max_is_earlier, 'score': score::DOUBLE, 'weight': weight
            } ORDER BY score DESC, id), [])
            FROM report_pairs
        ),
        'groups', (
            SELECT coalesce(list({'keptId': short_text(kept_id), 'keptIsEarlier': kept_is_earlier, 'size': size, 'members': members}
                ORDER BY size DESC, position), [])
            FROM (
                SELECT
                    kept_id, kept_is_earlier, size, min(rowid) AS position,
                    list({'id': short_text(id), 'score': score::DOUBLE} ORDER BY score, report_members.id) AS members
                FROM report_members
                GROUP BY ALL
            )
        ),
        'clusters', (SELECT coalesce(list(counted ORDER BY rows), []) FROM report_clusters AS counted),
        'outliers', (
            SELECT coalesce(list({'id': short_text(id), 'centroid': centroid, 'distance': distance::DOUBLE} ORDER BY rowid), [])
            FROM report_outliers
        ),
        'shares', (
            SELECT if(count(*) = 0, NULL, {
                'column': getvariable('group_by')::VARCHAR,
                'eps': any_value(eps),
                'values': list({'value': short_text(value), 'rows': rows, 'dropped': dropped} ORDER BY rows DESC, value)
            })
            FROM (
                SELECT value, rows, list(eps ORDER BY eps) AS eps, list(dropped ORDER BY eps) AS dropped
                FROM report_shares
                GROUP BY ALL
            )
        ),
        'health', (SELECT coalesce(list(findings ORDER BY rowid), []) FROM report_health AS findings)
    )
);
