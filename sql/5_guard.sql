-- 5a. Guard, to run before 5_identify.sql: creates the table `dropped_by_group(value, rows, dropped, share)`,
-- the share of rows that eps drops per value of a column, largest first. If a share exceeds the limit, the
-- script fails and nothing is written.
--
--   eps              in [0, 1]
--   rule             which rows are dropped, as in 5_identify.sql; default chain
--   group_by         the column, such as source
--   max_drop         the largest share that a group may lose; default no limit
--   group_relation   a file, relation or SELECT text with the id and the column; default metadata, otherwise
--                    embeddings
--   id               its id column; default id
--   output           folder with pairwise_results/, used if the table is not in this database

SET VARIABLE group_by = required_variable('group_by');

-- Read the relation of this database if it exists, otherwise the files of an earlier run. Different results
-- in both are an error.
SET VARIABLE pairs = source_of('pairwise_results', 'pairwise_results');
SET VARIABLE agreement = agreement_check('pairwise_results', 'pairwise_results', 'cosine_sim_score');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

SET VARIABLE max_drop = CASE
    WHEN getvariable('max_drop') IS NULL OR getvariable('max_drop')::DOUBLE BETWEEN 0 AND 1 THEN getvariable('max_drop')::DOUBLE
    ELSE error(format('5_guard: max_drop must be a number in [0, 1], got {}', getvariable('max_drop')))
END;

-- For rules other than chain, dropped rows have score 1 here, and all others 0.
SET VARIABLE guarded = CASE
    WHEN coalesce(lower(getvariable('rule')::VARCHAR), 'chain') = 'chain' THEN
        'SELECT NULL AS id, 0::FLOAT AS cosine_sim_score WHERE false'
    WHEN is_in_database('grouped_by') THEN '
        SELECT id, (kept_score IS NOT NULL)::FLOAT AS cosine_sim_score
        FROM scored, grouped_by
        WHERE if(
            grouped_by.eps = getvariable(''eps'')::DOUBLE AND grouped_by.rule = lower(getvariable(''rule'')),
            true,
            error(''5_guard: the groups of this database are of another eps or rule: run 2_3_kmeans_pairwise.sql with these'')
        )'
    ELSE '
        SELECT id, (id IN (SELECT id FROM duplicate_groups(''all_pairs'', getvariable(''eps''), rule := getvariable(''rule''))))::FLOAT AS cosine_sim_score
        FROM query_table(name_of(getvariable(''pairs'')))'
END;
CREATE OR REPLACE TEMP TABLE guarded_rows AS
FROM query(getvariable('guarded'));

SET VARIABLE group_source = coalesce(getvariable('group_relation')::VARCHAR, getvariable('metadata')::VARCHAR, 'embeddings');

CREATE OR REPLACE TABLE dropped_by_group AS
FROM drop_by_group(
    if(coalesce(lower(getvariable('rule')::VARCHAR), 'chain') = 'chain', getvariable('pairs'), 'guarded_rows'),
    getvariable('eps'),
    getvariable('group_source'),
    getvariable('group_by'),
    id := if(getvariable('group_source') = 'embeddings', 'id', coalesce(getvariable('id'), 'id'))
);

DROP TABLE guarded_rows;

FROM dropped_by_group ORDER BY share DESC, dropped DESC, value;

SELECT if(
    count(*) > 0,
    error(format(
        '5_guard: {} of {} groups lose more than {} of their rows, most of all {} = {}: {} of {}; choose a smaller eps, or a larger limit',
        count(*), (SELECT count(*) FROM dropped_by_group), getvariable('max_drop'), getvariable('group_by'),
        arg_max(coalesce(value::VARCHAR, 'NULL'), (share, dropped)), arg_max(dropped, (share, dropped)), arg_max(rows, (share, dropped))
    )),
    'no group loses more than ' || coalesce('max_drop = ' || getvariable('max_drop'), 'all of its rows: there is no max_drop')
) AS guard
FROM dropped_by_group
WHERE share > getvariable('max_drop');
