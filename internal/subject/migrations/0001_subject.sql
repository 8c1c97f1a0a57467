create table subject (
	id text primary key,
	created_at bigint not null,
	checked_at bigint not null,
	unused_at bigint
);
create index subject_checked on subject (checked_at);
create table subject_identifier (
	lookup bytea primary key,
	kind text not null,
	value bytea not null,
	subject text not null,
	created_at bigint not null
);
create index subject_identifier_subject on subject_identifier (subject);
create table subject_restriction (
	subject text primary key,
	reason bytea not null,
	since bigint not null
);
create table subject_objection (
	subject text not null,
	activity text not null,
	at bigint not null,
	primary key (subject, activity)
);
create table subject_hold (
	id text primary key,
	subject text not null,
	activity text not null,
	rule text not null,
	reason bytea not null,
	set_by text not null,
	since bigint not null,
	until_at bigint not null
);
create index subject_hold_until on subject_hold (until_at);
