create table audit_run (
	id text primary key,
	at bigint not null,
	took_ms bigint not null,
	policy text not null,
	verdict text not null,
	findings bigint not null,
	guarantees text not null,
	leaf text not null
);
create index audit_run_at on audit_run (at);
