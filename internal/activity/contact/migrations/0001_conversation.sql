create table contact_request (
	id text primary key,
	activity text not null,
	received_at bigint not null,
	content bytea not null
);

create table contact_conversation (
	id text primary key,
	activity text not null,
	subject text not null,
	link bytea not null,
	source text not null,
	language text not null,
	opened_at bigint not null,
	last_at bigint not null,
	concluded_at bigint,
	requested_at bigint,
	waits boolean not null,
	assigned text,
	first_name bytea,
	last_name bytea,
	email bytea,
	phone bytea,
	company bytea,
	title bytea
);

create unique index contact_conversation_link on contact_conversation (link);
create index contact_conversation_subject on contact_conversation (subject);
create index contact_conversation_opened on contact_conversation (opened_at);
create index contact_conversation_last on contact_conversation (last_at) where concluded_at is null;
create index contact_conversation_concluded on contact_conversation (concluded_at) where concluded_at is not null;

create table contact_message (
	id text primary key,
	conversation text not null references contact_conversation (id) on delete cascade,
	n bigint not null,
	way text not null,
	at bigint,
	automatic boolean not null,
	left_out bigint not null,
	author text,
	mail text,
	state text,
	mark bytea,
	message bytea,
	correspondence bytea,
	sender bytea,
	reference bytea
);

create index contact_message_conversation on contact_message (conversation, n);
create index contact_message_mail on contact_message (mail) where mail is not null;
create index contact_message_mark on contact_message (mark) where mark is not null;

create table contact_attachment (
	id text primary key,
	message text not null references contact_message (id) on delete cascade,
	n bigint not null,
	type text not null,
	size bigint not null,
	name bytea not null,
	content bytea not null
);

create index contact_attachment_message on contact_attachment (message);

create table contact_note (
	id text primary key,
	conversation text not null references contact_conversation (id) on delete cascade,
	n bigint not null,
	at bigint,
	author text not null,
	note bytea not null
);

create index contact_note_conversation on contact_note (conversation);

create table contact_spent (
	mark bytea primary key,
	at bigint not null
);

create index contact_spent_at on contact_spent (at);

create table contact_held_off (
	day bigint not null,
	activity text not null,
	cause text not null,
	times bigint not null,
	primary key (day, activity, cause)
);
