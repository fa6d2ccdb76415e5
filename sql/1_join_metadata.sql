-- 1b. Needed only to rank or protect rows by columns of the metadata: creates the view
-- `embeddings_with_metadata`, which joins the embeddings and the metadata. After
-- SET VARIABLE relation = 'embeddings_with_metadata', steps 2 and 3 read it instead of `embeddings`.
--
--   metadata   a file, relation or SELECT text with the id and the columns to rank by
--   id         its id column; default id

SET VARIABLE metadata = required_variable('metadata');

CREATE OR REPLACE TEMP VIEW metadata AS
FROM query('FROM ' || from_text(getvariable('metadata')));

CREATE OR REPLACE TEMP VIEW embeddings_with_metadata AS
FROM query(format(
    'FROM embeddings LEFT JOIN (SELECT "{0}" AS id, * EXCLUDE ("{0}") FROM metadata) USING (id)',
    replace(coalesce(getvariable('id'), 'id'), '"', '""')
));

SET VARIABLE relation = 'embeddings_with_metadata';
