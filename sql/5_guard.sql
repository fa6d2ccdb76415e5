-- 5a. Guard, to run before 5_identify: the table `dropped_by_group(value, rows, dropped, share)`, the share of the rows that
-- eps drops for each value of a column, largest first. Above a limit it is an error, so that nothing is written.
--
--   eps        in [0, 1]
--   group_by   the column, such as source
--   max_drop   the largest share that a group may lose; default no limit
--   groups     a file, relation or SELECT text with the id and the column; default metadata, or else embeddings
--   id         its id column; default id
--   output     where pairwise_results/ was written, when the table is not in this database

SET VARIABLE group_by = required_variable('group_by');

-- The relation of this database, or else the files of an earlier run; not one of each.
SET VARIABLE pairs = source_of('pairwise_results', 'pairwise_results');
SET VARIABLE agreement = agreement_check('pairwise_results', 'pairwise_results', 'cosine_sim_score');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

SET VARIABLE max_drop = CASE
    WHEN getvariable('max_drop') IS NULL OR getvariable('max_drop')::DOUBLE BETWEEN 0 AND 1 THEN getvariable('max_drop')::DOUBLE
    ELSE error(format('5_guard: max_drop must be a number in [0, 1], got {}', getvariable('max_drop')))
END;

CREATE OR REPLACE TABLE dropped_by_group AS
FROM drop_by_group(
    getvariable('pairs'),
    getvariable('eps'),
    coalesce(getvariable('groups'), getvariable('metadata'), 'embeddings'),
    getvariable('group_by'),
    id := if(coalesce(getvariable('groups'), getvariable('metadata')) IS NULL, 'id', coalesce(getvariable('id'), 'id'))
);

FROM dropped_by_group ORDER BY share DESC, dropped DESC, value;

SELECT if(
    count(*) > 0,
    error(format(
        '5_guard: {} of {} groups lose more than {} of their rows, most of all {} = {}: {} of {}; choose a smaller eps, or a larger max_drop',
        count(*), (SELECT count(*) FROM dropped_by_group), getvariable('max_drop'), getvariable('group_by'),
        arg_max(coalesce(value::VARCHAR, 'NULL'), (share, dropped)), arg_max(dropped, (share, dropped)), arg_max(rows, (share, dropped))
    )),
    'no group loses more than ' || coalesce('max_drop = ' || getvariable('max_drop'), 'all of its rows: there is no max_drop')
) AS guard
FROM dropped_by_group
WHERE share > getvariable('max_drop');
