create table newsletter_request (
	id text primary key,
	signed_up_at bigint not null,
	content bytea not null
);

create index newsletter_request_signed_up on newsletter_request (signed_up_at);

create table newsletter_subscriber (
	id text primary key,
	subject text not null,
	signed_up_at bigint not null,
	confirmed_at bigint,
	unsubscribed_at bigint,
	confirm bytea,
	email bytea,
	first_name bytea,
	last_name bytea,
	company bytea,
	language text
);

create index newsletter_subscriber_subject on newsletter_subscriber (subject);
create unique index newsletter_subscriber_standing on newsletter_subscriber (subject) where unsubscribed_at is null;
create unique index newsletter_subscriber_confirm on newsletter_subscriber (confirm) where confirm is not null;
create index newsletter_subscriber_signed_up on newsletter_subscriber (signed_up_at);

create table newsletter_proof (
	id text primary key,
	subject text not null,
	link bytea not null,
	signed_up_at bigint not null,
	source text,
	sign_up_address bytea,
	proof_address bytea,
	text_shown text,
	form_version text,
	confirmed_at bigint,
	confirm_address bytea,
	confirm_leaf text,
	unsubscribed_at bigint,
	unsubscribed_by text,
	unsubscribe_leaf text,
	requested_at bigint,
	suppression bytea
);

create unique index newsletter_proof_link on newsletter_proof (link);
create index newsletter_proof_subject on newsletter_proof (subject);
create index newsletter_proof_signed_up on newsletter_proof (signed_up_at);
create index newsletter_proof_unsubscribed on newsletter_proof (unsubscribed_at) where unsubscribed_at is not null;
create index newsletter_proof_suppression on newsletter_proof (suppression) where suppression is not null;

create table newsletter_change (
	id text primary key,
	proof text not null references newsletter_proof (id) on delete cascade,
	at bigint,
	address bytea,
	changed text
);

create index newsletter_change_proof on newsletter_change (proof);
