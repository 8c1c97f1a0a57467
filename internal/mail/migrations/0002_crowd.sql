create table mail_crowd (
	activity text primary key,
	hour bigint not null,
	asked bigint not null
);
