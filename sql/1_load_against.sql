-- 1c. Needed only to compare with earlier rows too: creates the view `earlier(id, embedding, …)` over them,
-- for the session. Earlier rows rank before all rows of the input, and no step returns them. Steps 2, 3 and
-- 5_recall.sql read the view.
--
--   against     a file, relation or SELECT text with the id and embedding columns, named as those of the
--               input
--   id, embedding   as in 1_load.sql

SET VARIABLE against = required_variable('against');

CREATE OR REPLACE TEMP VIEW earlier AS
FROM query(format(
    'SELECT "{0}" AS id, "{1}" AS embedding, * EXCLUDE ("{0}", "{1}") FROM {2} AS earlier',
    replace(coalesce(getvariable('id'), 'id'), '"', '""'),
    replace(coalesce(getvariable('embedding'), 'embedding'), '"', '""'),
    from_text(getvariable('against'))
));

SET VARIABLE earlier = 'earlier';
SET VARIABLE earlier_rows = (SELECT count(*) FROM earlier);
