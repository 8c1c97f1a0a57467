create table retain_owed (
	subject text not null,
	activity text not null,
	at bigint not null,
	primary key (subject, activity)
);
