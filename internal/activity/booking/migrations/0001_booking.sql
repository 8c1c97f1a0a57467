create table booking_calendar (
	id text primary key,
	name text not null,
	zone text not null,
	holidays text not null,
	week text not null,
	except_days text not null,
	folder text not null,
	read_at bigint,
	failed text
);

create table booking_type (
	id text primary key,
	activity text not null,
	calendar text not null,
	title_de text not null,
	title_en text not null,
	place text not null,
	online boolean not null,
	length bigint not null,
	pause_before bigint not null,
	pause_after bigint not null,
	step bigint not null,
	notice bigint not null,
	ahead bigint not null,
	capacity bigint not null,
	off boolean not null
);

create index booking_type_activity on booking_type (activity);

-- What a calendar does at a time. Its pieces of five minutes are rows whose key lets
-- a calendar do one thing at a time; its places are rows whose key is their number.
create table booking_session (
	id text primary key,
	calendar text not null,
	type text not null,
	starts_at bigint not null,
	ends_at bigint not null,
	from_at bigint not null,
	to_at bigint not null
);

create unique index booking_session_start on booking_session (calendar, type, starts_at);
create index booking_session_time on booking_session (calendar, to_at);

create table booking_cell (
	calendar text not null,
	cell bigint not null,
	session text not null,
	primary key (calendar, cell)
);

create index booking_cell_session on booking_cell (session);

create table booking_seat (
	session text not null,
	seat bigint not null,
	appointment text not null,
	primary key (session, seat)
);

create unique index booking_seat_appointment on booking_seat (appointment);

create table booking_request (
	id text primary key,
	activity text not null,
	requested_at bigint not null,
	starts_at bigint not null,
	ends_at bigint not null,
	content bytea not null
);

create table booking_appointment (
	id text primary key,
	activity text not null,
	subject text not null,
	link bytea not null,
	requested_at bigint not null,
	starts_at bigint not null,
	ends_at bigint not null,
	cancelled_at bigint,
	request_at bigint,
	revision bigint not null,
	title bytea,
	first_name bytea,
	last_name bytea,
	email bytea,
	phone bytea,
	company bytea,
	message bytea,
	time_zone bytea,
	language text
);

create unique index booking_appointment_link on booking_appointment (link);
create index booking_appointment_subject on booking_appointment (subject);
create index booking_appointment_ends on booking_appointment (ends_at);
create index booking_appointment_starts on booking_appointment (starts_at);

-- Which entries of calendars elsewhere stand for which appointments.
create table booking_event (
	appointment text primary key,
	folder text not null,
	revision bigint not null,
	written_at bigint not null
);

create table booking_busy (
	calendar text not null,
	starts_at bigint not null,
	ends_at bigint not null
);

create index booking_busy_time on booking_busy (calendar, ends_at);
