create table sync_setup (
	id text primary key,
	subject text not null,
	activity text not null,
	name text not null,
	made_at bigint not null,
	expires_at bigint,
	requested_at bigint,
	settings bytea not null,
	service_account bytea,
	service_password bytea,
	administrator bytea
);
create index sync_setup_subject on sync_setup (subject);
create table sync_source (
	setup text not null,
	source text not null,
	token text,
	read_at bigint,
	photos_at bigint,
	primary key (setup, source)
);
create table sync_entry (
	id text primary key,
	setup text not null,
	source text not null,
	lookup bytea not null,
	person bigint not null,
	read_at bigint not null,
	removed_at bigint,
	hash text not null,
	object_id bytea,
	directory_id bytea,
	name bytea,
	company bytea,
	department bytea,
	job_title bytea,
	emails bytea,
	phones bytea,
	address bytea,
	website bytea,
	birthday bytea,
	note bytea,
	photo text,
	photo_tag text
);
create unique index sync_entry_lookup on sync_entry (setup, source, lookup);
create index sync_entry_removed on sync_entry (removed_at) where removed_at is not null;
create table sync_photo (
	id text primary key,
	setup text not null,
	sum text not null,
	size bigint not null,
	photo bytea not null
);
create unique index sync_photo_sum on sync_photo (setup, sum);
create table sync_mailbox (
	id bigint primary key,
	setup text not null,
	target text not null,
	lookup bytea not null,
	mailboxes bytea,
	folder text,
	sample text,
	begun boolean not null,
	token text,
	ran_at bigint,
	removed_at bigint,
	problem text
);
create unique index sync_mailbox_lookup on sync_mailbox (setup, target, lookup);
create table sync_item (
	mailbox bigint not null,
	person bigint not null,
	item bytea not null,
	hash bytea not null,
	photo bytea,
	primary key (mailbox, person)
);
create table sync_run (
	id text primary key,
	setup text not null,
	mode text not null,
	begun_at bigint not null,
	ended_at bigint,
	state text not null,
	counts text,
	problems bytea
);
create index sync_run_setup on sync_run (setup, begun_at);
