create table rights_request (
	id text primary key,
	asked text not null,
	subject text,
	activity text,
	state text not null,
	resume_state text,
	reason text,
	received_at bigint not null,
	due_at bigint not null,
	closed_at bigint,
	goes text,
	stays text,
	intent_leaf text,
	leaf text
);
create index rights_request_subject on rights_request (subject) where subject is not null;
create index rights_request_open on rights_request (received_at) where closed_at is null;
create unique index rights_request_once on rights_request (subject, asked) where closed_at is null and asked = 'erasure';
