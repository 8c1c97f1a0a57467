create table mail_outbox (
	id text primary key,
	activity text not null,
	subject text,
	key text,
	queued_at bigint not null,
	due_at bigint not null,
	state text not null,
	done_at bigint,
	code integer not null,
	status text not null,
	said text not null,
	address bytea,
	content bytea
);

create unique index mail_outbox_key on mail_outbox (key) where key is not null;
create index mail_outbox_subject on mail_outbox (subject) where subject is not null;
create index mail_outbox_done on mail_outbox (done_at);

create table mail_incoming (
	id text primary key,
	subject text,
	local text not null,
	arrived_at bigint not null,
	done_at bigint,
	size bigint not null,
	address bytea,
	content bytea
);

create index mail_incoming_subject on mail_incoming (subject) where subject is not null;
create index mail_incoming_arrived on mail_incoming (arrived_at);
