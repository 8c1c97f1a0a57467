create table consent_decision (
	id text primary key,
	subject text not null,
	decided_at bigint not null,
	last_visit_at bigint,
	ended_at bigint,
	ended_by text not null,
	previous text not null,
	notice_hash text not null,
	policy_hash text not null,
	language text not null,
	source text not null,
	gpc boolean not null,
	offered text not null,
	accepted text not null,
	leaf text not null,
	end_leaf text not null,
	proof bytea not null,
	ending bytea
);
create index consent_decision_subject on consent_decision (subject);
create index consent_decision_ended on consent_decision (ended_at) where ended_at is not null;
create index consent_decision_visit on consent_decision (last_visit_at) where ended_at is null;
create table consent_withdrawn (
	digest bytea primary key,
	at bigint not null
);
create index consent_withdrawn_at on consent_withdrawn (at);
create table consent_notice (
	hash text not null,
	policy_hash text not null,
	version text not null,
	language text not null,
	html text not null,
	body text not null,
	at bigint not null,
	primary key (hash, policy_hash)
);
create table consent_terms (
	hash text primary key,
	body text not null
);
create table consent_count (
	day bigint not null,
	outcome text not null,
	count bigint not null,
	primary key (day, outcome)
);
