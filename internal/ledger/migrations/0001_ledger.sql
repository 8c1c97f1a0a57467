create table ledger_pending (
	id text primary key,
	entry text not null
);

create table ledger_leaf (
	place bigint primary key,
	id text not null unique,
	entry text not null
);

create table ledger_tile (
	level integer not null,
	number bigint not null,
	hashes bytea not null,
	primary key (level, number)
);

create table ledger_count (
	kind text primary key,
	leaves bigint not null
);

create table ledger_checkpoint (
	size bigint primary key,
	at bigint not null,
	published boolean not null,
	note text not null
);
