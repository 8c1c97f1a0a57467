alter table newsletter_subscriber add column contents text;
alter table newsletter_subscriber add column measured text;
alter table newsletter_subscriber add column time_zone text;

create table newsletter_contents (
	id text primary key,
	activity text not null,
	says text not null,
	first_at bigint not null
);

create table newsletter_campaign (
	id text primary key,
	activity text not null,
	name text not null,
	state text not null,
	format text not null,
	sources text not null,
	segment text not null,
	contents text not null,
	public boolean not null,
	pace text not null,
	created_at bigint not null,
	send_at bigint,
	zone text not null,
	local boolean not null,
	started_at bigint,
	ended_at bigint,
	filled_to text,
	filled boolean not null,
	recipients bigint not null,
	sent bigint not null,
	refused bigint not null,
	bounced bigint not null,
	complained bigint not null,
	withheld bigint not null,
	departed bigint not null,
	opened bigint not null,
	told bigint not null
);

create index newsletter_campaign_created on newsletter_campaign (created_at);

create table newsletter_link (
	id text primary key,
	campaign text not null references newsletter_campaign (id) on delete cascade,
	address text not null,
	clicks bigint not null
);

create unique index newsletter_link_once on newsletter_link (campaign, address);

create table newsletter_dispatch (
	id text primary key,
	campaign text not null,
	activity text not null,
	subscription text not null,
	subject text not null,
	due_at bigint,
	first_due_at bigint,
	sent_at bigint,
	unsubscribed_at bigint,
	outcome text,
	code bigint,
	status text,
	opened_at bigint,
	clicks text
);

create unique index newsletter_dispatch_once on newsletter_dispatch (campaign, subscription);
create index newsletter_dispatch_subject on newsletter_dispatch (subject);
create index newsletter_dispatch_subscription on newsletter_dispatch (subscription, sent_at);
create index newsletter_dispatch_sent on newsletter_dispatch (sent_at) where sent_at is not null;
