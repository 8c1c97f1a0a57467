alter table audit_run add column serving boolean not null default true;
