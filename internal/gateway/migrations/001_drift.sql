create table gateway_drift (
	name text not null,
	element text not null,
	page text not null,
	service text not null,
	first_seen bigint not null,
	last_seen bigint not null,
	count bigint not null,
	primary key (name, element, page)
);
