create table retain_run (
	id text primary key,
	state text not null,
	kind text not null,
	policy text not null,
	next_policy text,
	planned_at bigint not null,
	finished_at bigint,
	plan text not null,
	done text,
	decided_by text,
	leaf text
);
create index retain_run_planned on retain_run (planned_at);

create table retain_schedule (
	rule text not null,
	subject_table text not null,
	swept_at bigint,
	foreseen bigint not null,
	primary key (rule, subject_table)
);

create table retain_rule_history (
	activity text not null,
	rule text not null,
	terms text not null,
	since bigint not null,
	primary key (activity, rule, since)
);

create table retain_clock (
	id bigint primary key,
	at bigint not null
);

create table retain_restriction (
	subject text primary key,
	rule text not null,
	at bigint not null
);
