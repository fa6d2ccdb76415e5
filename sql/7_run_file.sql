-- 7. Only for output on an object store, where folders cannot be renamed: writes <output>/run.json, which
-- lists the files. It is written last; without it, the output is incomplete. `nearduck dedup` runs this
-- script; you do not need to.
--
--   file_path   the object to write
--   file_text   its content

COPY (SELECT required_variable('file_text') AS text)
TO (required_variable('file_path')) (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01');
