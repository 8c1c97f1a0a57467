create table audit_report (
	id text primary key,
	at bigint not null,
	report text not null
);
create index audit_report_at on audit_report (at);
