-- 5. Identify: creates two tables, sorted by id: `groups(id, kept_id, max_id, cosine_sim_score, group_size,
-- kept_score)`, one row per duplicate with the row that is kept for it, and `duplicate_ids(id)`. Writes them
-- to <output>/groups/ and <output>/duplicates/. With earlier rows, kept_in_against and max_in_against are
-- true if kept_id and max_id are earlier rows.
--
--   eps         in [0, 1]
--   rule        chain (default): drops a row if any row ranked before it is within eps, even a dropped one;
--               covered: drops a row if a kept row is within eps; components: keeps the first row of each
--               connected component. The last two need all pairs within eps: run 2_3_kmeans_pairwise.sql with
--               this eps and rule, or 3_all_pairs.sql
--   output      an existing folder; pairwise_results/ is read from it if the table is not in this database
--   overwrite   true to replace what nearduck wrote there for another eps; default false

SET VARIABLE output = required_variable('output');
SET VARIABLE rule = lower(coalesce(getvariable('rule')::VARCHAR, 'chain'));
SET VARIABLE rule = if(
    getvariable('rule') IN ('chain', 'covered', 'components'),
    getvariable('rule'),
    error(format('5_identify: rule must be one of chain, covered, components, got {}', getvariable('rule')))
);
SET VARIABLE eps = checked_eps(getvariable('eps'), '5_identify');

-- Read the relation of this database if it exists, otherwise the files of an earlier run. Different results
-- in both are an error.
SET VARIABLE pairs = source_of('pairwise_results', 'pairwise_results');
SET VARIABLE agreement = agreement_check('pairwise_results', 'pairwise_results', 'cosine_sim_score');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

-- Check that results may be replaced, before anything is computed.
SET VARIABLE duplicates_path = output_path('5_identify', 'duplicates');
SET VARIABLE groups_path = output_path('5_identify', 'groups');

-- With earlier rows, an id can be the id of an earlier row.
SET VARIABLE has_earlier = (
    SELECT count(*) > 0
    FROM (DESCRIBE FROM query_table(name_of(getvariable('pairs'))))
    WHERE column_name = 'max_in_against'
);

-- Groups that 2_3_kmeans_pairwise.sql found at this eps and by this rule.
SET VARIABLE is_grouped = if(
    is_in_database('grouped_by'),
    'SELECT count(*) > 0 FROM grouped_by WHERE eps = getvariable(''eps'') AND rule = getvariable(''rule'')',
    'SELECT false'
);
SET VARIABLE is_grouped = (FROM query(getvariable('is_grouped')));

-- All pairs, if the rule needs them.
SET VARIABLE widest_eps = if(is_in_database('all_pairs') AND is_in_database('paired_by'), 'SELECT eps FROM paired_by', 'SELECT NULL');
SET VARIABLE widest_eps = (FROM query(getvariable('widest_eps')));
SET VARIABLE group_pairs = CASE
    WHEN getvariable('is_grouped') THEN 'scored'
    WHEN getvariable('rule') = 'chain' THEN getvariable('pairs')
    WHEN getvariable('widest_eps') >= getvariable('eps') THEN 'all_pairs'
    ELSE error(format(
        '5_identify: rule {} needs all pairs within eps {}: run 1_load.sql and 3_all_pairs.sql before this script, or dedup with --rule {} --eps {}',
        getvariable('rule'), getvariable('eps'), getvariable('rule'), getvariable('eps')
    ))
END;

-- kept_score is NULL unless the pair was compared. Without earlier rows, kept_in_against and max_in_against
-- are NULL.
CREATE OR REPLACE TEMP TABLE found_groups AS
FROM query(CASE
    WHEN getvariable('is_grouped') THEN '
        SELECT
            id,
            kept_id,
            -- The rule components may drop a row although no row ranked before it is within eps.
            if(is_duplicate(cosine_sim_score, getvariable(''eps'')), max_id, id) AS max_id,
            if(is_duplicate(cosine_sim_score, getvariable(''eps'')), cosine_sim_score, 0) AS cosine_sim_score,
            count(*) OVER (PARTITION BY kept_id, kept_in_against) + 1 AS group_size,
            kept_in_against,
            max_in_against AND is_duplicate(cosine_sim_score, getvariable(''eps'')) AS max_in_against,
            kept_score
        FROM (
            FROM scored
            UNION ALL BY NAME
            SELECT NULL::BOOLEAN AS kept_in_against, NULL::BOOLEAN AS max_in_against WHERE false
        )
        WHERE kept_score IS NOT NULL'
    ELSE format('
        WITH found AS (
            FROM duplicate_groups(getvariable(''group_pairs''), getvariable(''eps''), rule := getvariable(''rule''))
            UNION ALL BY NAME
            SELECT NULL::BOOLEAN AS kept_in_against, NULL::BOOLEAN AS max_in_against WHERE false
        )
        {}',
        CASE
            WHEN getvariable('rule') = 'chain' THEN '
                SELECT
                    *,
                    if(
                        kept_id = max_id AND kept_in_against IS NOT DISTINCT FROM max_in_against,
                        cosine_sim_score,
                        NULL
                    ) AS kept_score
                FROM found'
            ELSE '
                -- Of pairs with equal scores, pairwise may prefer another one than duplicate_groups.
                SELECT
                    found.* REPLACE (
                        coalesce(best.max_id, found.max_id) AS max_id,
                        coalesce(best.cosine_sim_score, found.cosine_sim_score) AS cosine_sim_score,
                        coalesce(best.max_in_against, found.max_in_against) AS max_in_against
                    ),
                    pair.cosine_sim_score AS kept_score
                FROM found
                LEFT JOIN (
                    FROM query_table(name_of(getvariable(''pairs'')))
                    UNION ALL BY NAME SELECT NULL::BOOLEAN AS max_in_against WHERE false
                ) AS best
                ON best.id = found.id AND is_duplicate(best.cosine_sim_score, getvariable(''eps''))
                LEFT JOIN (
                    FROM all_pairs UNION ALL BY NAME SELECT NULL::BOOLEAN AS other_in_against WHERE false
                ) AS pair
                ON pair.id = found.id
                    AND pair.other_id = kept_id
                    AND pair.other_in_against IS NOT DISTINCT FROM kept_in_against'
        END)
END);

-- Compute the missing scores if the views of 1_load.sql, and of 1_load_against.sql for earlier rows, exist.
SET VARIABLE is_measuring = is_in_database('embeddings') AND (SELECT count(kept_score) < count(*) FROM found_groups);
SET VARIABLE kept_rows = if(
    getvariable('has_earlier') AND is_in_database('earlier'),
    'SELECT id, embedding, true AS is_earlier FROM earlier UNION ALL SELECT id, embedding, false FROM embeddings',
    'SELECT id, embedding, false AS is_earlier FROM embeddings'
);

CREATE OR REPLACE TABLE groups AS
SELECT COLUMNS(lambda c: getvariable('has_earlier') OR c NOT IN ('kept_in_against', 'max_in_against'))
FROM query(if(
    getvariable('is_measuring'),
    '
        WITH unmeasured AS MATERIALIZED (
            SELECT id, kept_id, coalesce(kept_in_against, false) AS is_earlier FROM found_groups WHERE kept_score IS NULL
        ),
        dropped AS MATERIALIZED (
            SELECT id, embedding::DOUBLE[] AS vector FROM embeddings WHERE id IN (SELECT id FROM unmeasured)
        ),
        kept AS MATERIALIZED (
            SELECT id, is_earlier, embedding::DOUBLE[] AS vector
            FROM query(getvariable(''kept_rows''))
            WHERE id IN (SELECT kept_id FROM unmeasured)
        ),
        measured AS (
            SELECT dropped.id, least(list_cosine_similarity(dropped.vector, kept.vector), 1)::FLOAT AS score
            FROM unmeasured
            JOIN dropped ON dropped.id = unmeasured.id
            JOIN kept ON kept.id = unmeasured.kept_id AND kept.is_earlier = unmeasured.is_earlier
        )
        SELECT found_groups.* REPLACE (coalesce(kept_score, score) AS kept_score)
        FROM found_groups LEFT JOIN measured USING (id)',
    'FROM found_groups'
))
ORDER BY id;

DROP TABLE found_groups;

CREATE OR REPLACE TABLE duplicate_ids AS
SELECT id FROM groups ORDER BY id;

COPY (FROM groups ORDER BY id)
TO (getvariable('groups_path')) (FORMAT parquet, FILE_SIZE_BYTES '1GB', FILENAME_PATTERN (file_names()));

COPY (FROM duplicate_ids ORDER BY id)
TO (getvariable('duplicates_path')) (FORMAT parquet, FILE_SIZE_BYTES '1GB', FILENAME_PATTERN (file_names()));

SET VARIABLE group_facts = json_object(
    'eps', getvariable('eps'),
    'rule', getvariable('rule'),
    'duplicates', (SELECT count(*) FROM duplicate_ids)
);

SET VARIABLE groups_path = publish_output(
    getvariable('groups_path'), '5_identify', json_merge_patch(json_object('result', 'groups'), getvariable('group_facts'))
);
SET VARIABLE duplicates_path = publish_output(
    getvariable('duplicates_path'), '5_identify', json_merge_patch(json_object('result', 'duplicates'), getvariable('group_facts'))
);

-- One note per row. Each fits in a terminal of 80 columns.
SELECT
    (SELECT count(*) FROM duplicate_ids) AS duplicates,
    unnest(list_filter(
        [
            'written to duplicates/ and groups/',
            (
                SELECT if(
                    count(*) > 0,
                    format('{} rows lack kept_score: first run 1_load{}', count(*), if(getvariable('has_earlier'), ', 1_load_against', '')),
                    NULL
                )
                FROM groups
                WHERE kept_score IS NULL
            ),
            if(count(*) > 0, 'deduplicated/ is of an earlier eps until 6_export runs', NULL)
        ],
        lambda note: note IS NOT NULL
    )) AS note
FROM glob(literal_path(getvariable('output')) || '/deduplicated/*');
