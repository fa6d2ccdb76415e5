-- 5. Identify: the tables `groups(id, kept_id, max_id, cosine_sim_score, group_size, kept_score)`, one row per duplicate with the
-- row that is kept for it, and `duplicate_ids(id)`, both sorted by id; and <output>/groups/ and <output>/duplicates/.
--
--   eps         in [0, 1]
--   rule        chain (default): drops a row when any row ranked before it is within eps, even one that is dropped itself;
--               covered: when a kept one is; components: keeps the first row of each connected component. The last two need
--               all pairs within eps: 2_3_kmeans_pairwise.sql with this eps and rule, or 3_all_pairs.sql
--   output      an existing folder; pairwise_results/ is read from it when the table is not in this database
--   overwrite   true to replace what nearduck wrote there for another eps; default false

SET VARIABLE output = required_variable('output');
SET VARIABLE rule = lower(coalesce(getvariable('rule')::VARCHAR, 'chain'));
SET VARIABLE rule = if(
    getvariable('rule') IN ('chain', 'covered', 'components'),
    getvariable('rule'),
    error(format('5_identify: rule must be one of chain, covered, components, got {}', getvariable('rule')))
);
SET VARIABLE eps = if(
    getvariable('eps')::DOUBLE BETWEEN 0 AND 1,
    getvariable('eps')::DOUBLE,
    error(format('5_identify: eps must be a number in [0, 1], got {}', coalesce(getvariable('eps')::VARCHAR, 'NULL')))
);

-- The relation of this database, or else the files of an earlier run; not one of each.
SET VARIABLE pairs = source_of('pairwise_results', 'pairwise_results');
SET VARIABLE agreement = agreement_check('pairwise_results', 'pairwise_results', 'cosine_sim_score');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

-- Refused before anything is computed.
SET VARIABLE duplicates_path = output_path('5_identify', 'duplicates');
SET VARIABLE groups_path = output_path('5_identify', 'groups');

-- Groups found while the rows were in memory, at this eps and by this rule.
SET VARIABLE is_grouped = if(
    is_in_database('grouped_by'),
    'SELECT count(*) > 0 FROM grouped_by WHERE eps = getvariable(''eps'') AND rule = getvariable(''rule'')',
    'SELECT false'
);
SET VARIABLE is_grouped = (FROM query(getvariable('is_grouped')));

-- All pairs, where the rule needs them.
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

-- kept_score: of a pair that is known, or else NULL.
CREATE OR REPLACE TEMP TABLE found_groups AS
FROM query(CASE
    WHEN getvariable('is_grouped') THEN '
        SELECT
            id,
            kept_id,
            -- By components, a row may be dropped that has no row within eps ranked before it.
            if(is_duplicate(cosine_sim_score, getvariable(''eps'')), max_id, id) AS max_id,
            if(is_duplicate(cosine_sim_score, getvariable(''eps'')), cosine_sim_score, 0) AS cosine_sim_score,
            count(*) OVER (PARTITION BY kept_id) + 1 AS group_size,
            kept_score
        FROM scored
        WHERE kept_score IS NOT NULL'
    WHEN getvariable('rule') = 'chain' THEN '
        SELECT *, if(kept_id = max_id, cosine_sim_score, NULL) AS kept_score
        FROM duplicate_groups(getvariable(''group_pairs''), getvariable(''eps''))'
    ELSE '
        SELECT found.*, pair.cosine_sim_score AS kept_score
        FROM duplicate_groups(''all_pairs'', getvariable(''eps''), rule := getvariable(''rule'')) AS found
        LEFT JOIN all_pairs AS pair ON pair.id = found.id AND pair.other_id = kept_id'
END);

-- What is not known is measured, where 1_load.sql has said which the embeddings are.
SET VARIABLE is_measuring = is_in_database('embeddings') AND (SELECT count(kept_score) < count(*) FROM found_groups);

CREATE OR REPLACE TABLE groups AS
FROM query(if(
    getvariable('is_measuring'),
    '
        WITH unmeasured AS MATERIALIZED (
            SELECT id, kept_id FROM found_groups WHERE kept_score IS NULL
        ),
        vectors AS MATERIALIZED (
            SELECT id, embedding::DOUBLE[] AS vector
            FROM embeddings
            WHERE id IN (SELECT id FROM unmeasured UNION ALL SELECT kept_id FROM unmeasured)
        ),
        measured AS (
            SELECT a.id, least(list_cosine_similarity(a.vector, b.vector), 1)::FLOAT AS score
            FROM unmeasured
            JOIN vectors AS a ON a.id = unmeasured.id
            JOIN vectors AS b ON b.id = unmeasured.kept_id
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

SELECT
    (SELECT count(*) FROM duplicate_ids) AS duplicates,
    concat_ws(
        '; ',
        'written to duplicates/ and groups/',
        (
            SELECT if(
                count(*) > 0,
                format('kept_score is NULL for {} rows that were not compared with the row kept for them: run 1_load.sql first to measure it', count(*)),
                NULL
            )
            FROM groups
            WHERE kept_score IS NULL
        ),
        if(count(*) > 0, 'deduplicated/ is that of an earlier eps until 6_export replaces it (overwrite=true)', NULL)
    ) AS note
FROM glob(literal_path(getvariable('output')) || '/deduplicated/*');
