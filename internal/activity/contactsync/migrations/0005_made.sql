alter table sync_mailbox add column made boolean not null default false;
