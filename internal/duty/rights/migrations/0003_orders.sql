create table rights_order (
	id text primary key,
	case_id text not null,
	asked text not null,
	state text not null,
	waits text,
	content bytea,
	approved_by text not null,
	received_at bigint not null,
	closed_at bigint,
	goes text,
	stays text,
	intent_leaf text,
	leaf text
);
create unique index rights_order_once on rights_order (case_id, asked);
create index rights_order_open on rights_order (received_at) where closed_at is null;
create table rights_told (
	id text primary key,
	order_id text not null,
	recipient text not null,
	activity text not null,
	fields text not null,
	way text not null,
	asked text not null,
	since bigint not null,
	told_at bigint,
	told_by text
);
create index rights_told_order on rights_told (order_id);
create index rights_told_open on rights_told (since) where told_at is null;
create table rights_examination (
	case_id text not null,
	subject text not null,
	since bigint not null,
	lifts_at bigint,
	primary key (case_id, subject)
);
create index rights_examination_subject on rights_examination (subject);
drop index rights_request_once;
create unique index rights_request_once on rights_request (subject, coalesce(activity, '')) where closed_at is null and asked = 'erasure';
