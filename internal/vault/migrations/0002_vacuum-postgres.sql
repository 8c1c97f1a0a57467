-- A destroyed key lies in the table's pages until vacuum passes, so it passes
-- after every deletion and not after a fifth of the table.
alter table vault_key set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0);
