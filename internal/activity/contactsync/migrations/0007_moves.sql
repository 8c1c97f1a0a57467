alter table sync_mailbox add column moves boolean not null default false;
