-- Writes one Parquet file for Embedding Atlas: the rows of a run with their match, the metadata, and the
-- column `neighbors`, whose ids are row numbers of the file, from 0. After 1_load.sql, the file has the column
-- `embedding` too.
--
--   atlas      the file to write
--   output     folder with pairwise_results/, used if the table is not in this database
--   metadata   a file, relation or SELECT text, whose columns are added; default none
--   id         its id column; default id

SET VARIABLE atlas = required_variable('atlas');

-- Read the relation of this database if it exists, otherwise the files of an earlier run. Different results
-- in both are an error.
SET VARIABLE pairs = source_of('pairwise_results', 'pairwise_results');
SET VARIABLE agreement = agreement_check('pairwise_results', 'pairwise_results', 'cosine_sim_score');
SET VARIABLE agreement = (FROM query(getvariable('agreement')));

-- Join one metadata row per id, so that the row numbers stay correct.
SET VARIABLE atlas_query = format(
    'SELECT found.neighbors, pairs.*{}{}
    FROM {} AS pairs
    JOIN atlas_neighbors(getvariable(''pairs''), getvariable(''pairs'')) AS found ON found.id = pairs.id
    {}
    {}
    ORDER BY found.row',
    if(is_in_database('embeddings'), ', embeddings.embedding', ''),
    if(getvariable('metadata') IS NULL, '', format(', metadata.* EXCLUDE ("{}")', replace(coalesce(getvariable('id')::VARCHAR, 'id'), '"', '""'))),
    from_text(getvariable('pairs')),
    if(is_in_database('embeddings'), 'LEFT JOIN embeddings ON embeddings.id = pairs.id', ''),
    if(
        getvariable('metadata') IS NULL,
        '',
        format(
            'LEFT JOIN (FROM {0} SELECT DISTINCT ON ("{1}") *) AS metadata ON metadata."{1}" = pairs.id',
            from_text(getvariable('metadata')),
            replace(coalesce(getvariable('id')::VARCHAR, 'id'), '"', '""')
        )
    )
);

COPY (FROM query(getvariable('atlas_query')))
TO (getvariable('atlas')) (FORMAT parquet);
