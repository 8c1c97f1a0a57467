create table staff (
	id text primary key,
	email_index bytea not null unique,
	email bytea not null,
	role text not null,
	password text,
	created_at bigint not null,
	left_at bigint
);
create table staff_session (
	token bytea primary key,
	staff text not null references staff (id) on delete cascade,
	created_at bigint not null,
	seen_at bigint not null
);
create index staff_session_staff on staff_session (staff);
create table staff_link (
	token bytea primary key,
	staff text not null references staff (id) on delete cascade,
	created_at bigint not null,
	used_at bigint
);
create index staff_link_staff on staff_link (staff);
