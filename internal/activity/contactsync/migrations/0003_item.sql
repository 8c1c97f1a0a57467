create table sync_item_small (
	mailbox integer not null,
	person integer not null,
	item bytea not null,
	hash bytea not null,
	photo bytea,
	primary key (mailbox, person)
);
insert into sync_item_small select mailbox, person, item, substr(hash, 1, 8), photo from sync_item;
drop table sync_item;
alter table sync_item_small rename to sync_item;
