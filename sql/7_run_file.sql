-- 7. Only for output on an object store, where no folder can be renamed: <output>/run.json, written last. It lists the
-- files; without it the output is not complete. `nearduck dedup` runs it; there is no need to run it by hand.
--
--   file_path   the object to write
--   file_text   what it says

COPY (SELECT required_variable('file_text') AS text)
TO (required_variable('file_path')) (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01');
