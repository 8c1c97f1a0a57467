create table subscription (
	id text primary key,
	activity text not null,
	customer text not null,
	begun_at bigint not null,
	expires_at bigint,
	contract_end bigint,
	requested_at bigint,
	language text,
	plan text,
	next_plan text,
	pay_by text,
	trial_until bigint,
	paid_until bigint,
	cancelled_at bigint,
	failed_at bigint,
	renewal_told bigint,
	tenant_id bytea,
	name bytea,
	company bytea,
	address bytea,
	registration_email bytea,
	billing_email bytea,
	vat_id bytea,
	provider_customer text,
	provider_subscription text,
	unique (activity, customer)
);
create index subscription_provider on subscription (provider_subscription);

create table subscription_order (
	id text primary key,
	activity text not null,
	customer text not null,
	at bigint not null,
	contract_end bigint,
	content bytea
);
create index subscription_order_customer on subscription_order (customer);

create table subscription_invoice (
	id text primary key,
	activity text not null,
	customer text not null,
	at bigint not null,
	contract_end bigint,
	number text not null unique,
	cancels text,
	cancelled_by text,
	due_at bigint,
	paid_at bigint,
	reminded bigint not null,
	gross bigint not null,
	content bytea,
	leaf text
);
create index subscription_invoice_customer on subscription_invoice (customer);

create table subscription_number (
	series text primary key,
	last bigint not null
);

create table subscription_document (
	id text primary key,
	kind text not null,
	version text not null,
	language text not null,
	text text not null,
	at bigint not null
);

create table subscription_delivery (
	id text primary key,
	at bigint not null
);
