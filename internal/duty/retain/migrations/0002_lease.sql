create table retain_lease (
	id bigint primary key,
	owner text not null,
	until_at bigint not null
);
