alter table newsletter_request add column activity text not null default '';

alter table newsletter_subscriber add column activity text not null default '';
alter table newsletter_subscriber add column ground text not null default 'consent';
alter table newsletter_subscriber add column topics text;

drop index newsletter_subscriber_standing;
create unique index newsletter_subscriber_standing on newsletter_subscriber (activity, subject) where unsubscribed_at is null;
create index newsletter_subscriber_entry on newsletter_subscriber (activity, id);

alter table newsletter_proof add column activity text not null default '';
alter table newsletter_proof add column topics text;
alter table newsletter_proof add column origin bytea;
alter table newsletter_proof add column sold_at bigint;
alter table newsletter_proof add column sold bytea;
alter table newsletter_proof add column told bytea;

alter table newsletter_change add column topics text;

create table newsletter_segment (
	id text primary key,
	activity text not null,
	name text not null,
	content text not null,
	created_at bigint not null
);

create unique index newsletter_segment_name on newsletter_segment (activity, name);

create table newsletter_list (
	id text primary key,
	activity text not null,
	name text not null,
	created_at bigint not null
);

create unique index newsletter_list_name on newsletter_list (activity, name);

create table newsletter_member (
	id text primary key,
	subscription text not null references newsletter_subscriber (id) on delete cascade,
	list text
);

create unique index newsletter_member_once on newsletter_member (subscription, list);
create index newsletter_member_list on newsletter_member (list);
