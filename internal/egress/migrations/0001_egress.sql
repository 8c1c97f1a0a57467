create table egress_refusal (
	recipient text not null,
	host text not null,
	reason text not null,
	first_at bigint not null,
	last_at bigint not null,
	count bigint not null,
	primary key (recipient, host, reason)
);
