alter table consent_withdrawn add column place bigint not null default 0;
create index consent_withdrawn_place on consent_withdrawn (place);
create table consent_order (
	id bigint primary key,
	last bigint not null
);
insert into consent_order (id, last) values (1, 0);
