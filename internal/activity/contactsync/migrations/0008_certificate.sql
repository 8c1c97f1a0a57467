alter table sync_setup add column warned_of bigint;
