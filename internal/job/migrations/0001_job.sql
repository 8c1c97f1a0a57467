create table job (
	id text primary key,
	kind text not null,
	key text,
	payload text not null,
	enqueued_at bigint not null,
	due_at bigint not null,
	attempt integer not null,
	lease text,
	again_at bigint,
	error text not null,
	set_aside_at bigint
);

create unique index job_key on job (kind, key) where set_aside_at is null and key is not null;

create index job_due on job (due_at) where set_aside_at is null;
