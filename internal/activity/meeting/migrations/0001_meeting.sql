create table meeting_conference (
	id text primary key,
	activity text not null,
	tool text not null,
	mark bytea not null,
	created_at bigint not null,
	starts_at bigint,
	ended_at bigint,
	purpose_end_at bigint,
	duration bigint,
	participants bigint,
	blocked_at bigint
);

create unique index meeting_conference_mark on meeting_conference (mark);
create index meeting_conference_created on meeting_conference (created_at);

create table meeting_participation (
	id text primary key,
	conference text not null,
	subject text not null,
	organises boolean not null,
	added_at bigint not null,
	request_at bigint,
	revocation_at bigint,
	name bytea,
	email bytea,
	phone bytea,
	user_name bytea,
	profile bytea,
	topic bytea,
	participation bytea,
	duration bytea,
	context bytea,
	dial_in bytea,
	ip_address bytea,
	mac_address bytea,
	device_id bytea,
	device bytea,
	os bytea,
	client bytea,
	camera bytea,
	microphone bytea,
	speaker bytea,
	connection bytea,
	log bytea
);

create unique index meeting_participation_person on meeting_participation (conference, subject);
create index meeting_participation_subject on meeting_participation (subject);

create table meeting_announcement (
	id text primary key,
	conference text not null,
	step text not null,
	at bigint not null,
	text text not null
);

create unique index meeting_announcement_step on meeting_announcement (conference, step);

create table meeting_recording (
	id text primary key,
	conference text not null,
	subject text not null,
	registered_at bigint not null,
	request_at bigint,
	revocation_at bigint,
	audio bytea,
	video bytea,
	transcript bytea,
	summary bytea,
	highlights bytea,
	notes bytea
);

create unique index meeting_recording_person on meeting_recording (conference, subject);
create index meeting_recording_subject on meeting_recording (subject);

create table meeting_import (
	mark bytea primary key,
	at bigint not null
);
