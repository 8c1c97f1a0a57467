alter table sync_setup add column next_at bigint;
alter table sync_setup add column verified_at bigint;
alter table sync_setup add column ending_at bigint;
alter table sync_setup add column ending_for text;
alter table sync_setup add column held_by text;
alter table sync_setup add column held_until bigint;
alter table sync_setup add column failed bigint not null default 0;
alter table sync_setup add column problem text;
alter table sync_setup add column told_at bigint;
create index sync_setup_next on sync_setup (next_at) where next_at is not null;
alter table sync_mailbox drop column token;
alter table sync_mailbox add column since bytea;
alter table sync_mailbox add column failed bigint not null default 0;
alter table sync_mailbox add column told_at bigint;
create table sync_file (
	id text primary key,
	setup text not null,
	source text not null,
	content bytea not null,
	stored_at bigint not null
);
create unique index sync_file_source on sync_file (setup, source);
