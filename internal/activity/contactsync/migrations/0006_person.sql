alter table sync_setup add column last_person bigint not null default 0;
update sync_setup set last_person = coalesce((select max(person) from sync_entry where sync_entry.setup = sync_setup.id), 0);
update sync_setup set last_person = (select max(i.person) from sync_mailbox m, sync_item i where m.setup = sync_setup.id and i.mailbox = m.id)
	where last_person < (select max(i.person) from sync_mailbox m, sync_item i where m.setup = sync_setup.id and i.mailbox = m.id);
alter table sync_entry add column leaving boolean not null default false;
