alter table sync_source drop column token;
alter table sync_source add column token bytea;
