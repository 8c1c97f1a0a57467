create table policy_version (
	hash text not null,
	source text not null,
	notice_version text not null,
	taken_at bigint not null,
	replaced_at bigint,
	primary key (hash, taken_at)
);
create unique index policy_version_now on policy_version ((1)) where replaced_at is null;
