create table retain_told (
	rule text not null,
	subject_table text not null,
	row_key text not null,
	subject text not null,
	counted_at bigint not null,
	told_at bigint not null,
	primary key (rule, subject_table, row_key)
);
create index retain_told_subject on retain_told (subject);
