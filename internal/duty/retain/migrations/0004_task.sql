alter table retain_run add column task text not null default '';
