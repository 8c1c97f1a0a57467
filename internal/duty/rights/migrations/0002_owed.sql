create table rights_owed (
	subject text primary key,
	at bigint not null
);
