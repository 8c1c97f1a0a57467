create table account (
	id text primary key,
	subject text not null,
	email_index bytea,
	email bytea,
	first_name bytea,
	last_name bytea,
	phone bytea,
	password bytea,
	microsoft_index bytea,
	microsoft bytea,
	language text,
	created_at bigint not null,
	seen_at bigint not null,
	expires_at bigint,
	closed_at bigint,
	requested_at bigint
);

create unique index account_email on account (email_index) where closed_at is null and requested_at is null;
create unique index account_microsoft on account (microsoft_index) where closed_at is null and requested_at is null;
create index account_subject on account (subject);

create table account_customer (
	id text primary key,
	founder text not null,
	created_at bigint not null,
	expires_at bigint,
	closed_at bigint,
	requested_at bigint
);

create table account_member (
	id text primary key,
	account text not null references account (id) on delete cascade,
	customer text not null,
	role text,
	joined_at bigint not null,
	expires_at bigint,
	requested_at bigint,
	unique (account, customer)
);

create index account_member_customer on account_member (customer);

create table account_session (
	id text primary key,
	token bytea not null unique,
	account text not null references account (id) on delete cascade,
	customer text,
	created_at bigint not null,
	seen_at bigint not null,
	fresh_until bigint
);

create index account_session_account on account_session (account);
create index account_session_seen on account_session (seen_at);

create table account_passkey (
	id text primary key,
	account text not null references account (id) on delete cascade,
	mark bytea unique,
	passkey bytea,
	added_at bigint
);

create index account_passkey_account on account_passkey (account);

create table account_link (
	id text primary key,
	token bytea not null unique,
	account text not null references account (id) on delete cascade,
	purpose text not null,
	pair text,
	address bytea,
	created_at bigint not null,
	used_at bigint
);

create index account_link_account on account_link (account);

create table account_arrival (
	id text primary key,
	token bytea unique,
	received_at bigint not null,
	content bytea not null
);

create index account_arrival_received on account_arrival (received_at);

create table account_invitation (
	id text primary key,
	subject text not null,
	customer text not null,
	token bytea not null unique,
	inviter text not null,
	role text,
	email bytea,
	created_at bigint not null,
	unique (customer, subject)
);

create index account_invitation_subject on account_invitation (subject);

create table account_spent (
	mark bytea primary key,
	at bigint not null
);

create index account_spent_at on account_spent (at);
