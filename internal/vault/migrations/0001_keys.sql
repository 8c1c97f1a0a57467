create table vault_master (
	generation bigint primary key,
	proof bytea not null,
	previous bytea
);

create table vault_key (
	subject text not null,
	rule text not null,
	generation bigint not null,
	wrapped bytea not null,
	primary key (subject, rule)
);

create table vault_secret (
	name text primary key,
	generation bigint not null,
	wrapped bytea not null
);

create table vault_change (
	destroyed bigint not null
);

insert into vault_change (destroyed) values (0);
