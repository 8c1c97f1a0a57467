create table accesslog_incident (
	id     text primary key,
	reason text not null,
	staff  text not null,
	at     bigint not null,
	until  bigint not null,
	hold   text
);
