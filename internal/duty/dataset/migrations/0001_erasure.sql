create table dataset_erasure (
	id text primary key,
	state text not null,
	begun_at bigint not null,
	done text not null
);
create table dataset_tuple (
	erasure text not null,
	number bigint not null,
	way text not null,
	content bytea not null,
	primary key (erasure, number)
);
