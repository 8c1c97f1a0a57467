create table circle_member (
	id text primary key,
	subject text,
	email bytea not null,
	email_index bytea not null,
	name text,
	proof bytea,
	joined_at bigint not null,
	confirmed_at bigint,
	left_at bigint
);
create table circle_letter (
	id text primary key,
	member text not null references circle_member (id),
	body text not null,
	link text,
	at bigint not null
);
create table circle_invoice (
	id text primary key,
	subject text,
	amount bigint not null,
	dated_at bigint not null
);
