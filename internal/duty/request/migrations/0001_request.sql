create table request_case (
	id text primary key,
	number text not null unique,
	asked text not null,
	activity text,
	channel text not null,
	language text not null,
	state text not null,
	resume_state text,
	received_at bigint not null,
	due_at bigint not null,
	extended_at bigint,
	paused_at bigint,
	paused_for text,
	paused_ms bigint not null,
	identified_at bigint,
	planned_at bigint,
	approved_at bigint,
	approved_by text,
	carried_at bigint,
	answered_at bigint,
	closed_at bigint,
	ground text,
	restricts boolean not null,
	reminded bigint not null,
	source text unique,
	contact bytea,
	wish bytea,
	plans bytea
);
create index request_case_due on request_case (due_at);
create index request_case_received on request_case (received_at);
create table request_identity (
	id text primary key,
	request text not null references request_case (id) on delete cascade,
	kind text not null,
	lookup bytea not null,
	value bytea not null,
	proof text not null,
	evidence bytea,
	by_whom text,
	at bigint not null
);
create unique index request_identity_once on request_identity (request, lookup);
create index request_identity_lookup on request_identity (lookup);
create table request_code (
	mark bytea primary key,
	request text not null references request_case (id) on delete cascade,
	address bytea,
	tries bigint not null,
	created_at bigint not null,
	used_at bigint
);
create index request_code_request on request_code (request);
create table request_pass (
	mark bytea primary key,
	request text not null references request_case (id) on delete cascade,
	created_at bigint not null
);
create index request_pass_request on request_pass (request);
create table request_part (
	id text primary key,
	request text not null references request_case (id) on delete cascade,
	asked text not null,
	place bigint not null,
	refused boolean not null,
	ground text,
	reason bytea,
	review text,
	ordered_at bigint,
	done_at bigint,
	failed text,
	goes text,
	stays text,
	told text,
	leaf text
);
create unique index request_part_once on request_part (request, asked);
create table request_letter (
	id text primary key,
	request text not null references request_case (id) on delete cascade,
	kind text not null,
	language text not null,
	title bytea not null,
	body bytea not null,
	written_at bigint not null,
	sent_at bigint,
	by_whom text,
	way text,
	about text,
	outcome text
);
create index request_letter_request on request_letter (request);
create table request_note (
	id text primary key,
	request text not null references request_case (id) on delete cascade,
	at bigint not null,
	what text not null,
	by_whom text,
	body bytea
);
create index request_note_request on request_note (request);
create table request_package (
	id text primary key,
	request text not null,
	asked text not null,
	made_at bigint not null,
	whole boolean not null,
	files bigint not null,
	bytes bigint not null,
	sha256 text not null,
	encrypted boolean not null,
	fetched bigint not null,
	handover bytea unique
);
create index request_package_request on request_package (request);
create table request_chunk (
	id text primary key,
	package text not null references request_package (id) on delete cascade,
	place bigint not null,
	content bytea not null
);
create unique index request_chunk_place on request_chunk (package, place);
