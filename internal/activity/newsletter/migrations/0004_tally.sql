create table newsletter_tally (
	activity text not null,
	list text not null,
	month text not null,
	joined bigint not null,
	unsubscribed bigint not null,
	bounced bigint not null,
	complained bigint not null,
	primary key (activity, list, month)
);

create table newsletter_carried (
	id text primary key,
	activity text not null,
	recipient text not null,
	receiver bigint not null,
	group_id bigint not null,
	subject text not null,
	at bigint not null
);

create unique index newsletter_carried_receiver on newsletter_carried (activity, recipient, receiver);
create index newsletter_carried_subject on newsletter_carried (subject);

create table newsletter_account (
	activity text not null,
	recipient text not null,
	group_id bigint not null,
	hook bytea,
	primary key (activity, recipient)
);

create table newsletter_consignment (
	id text primary key,
	activity text not null,
	recipient text not null,
	mailing bigint not null,
	released_at bigint
);
