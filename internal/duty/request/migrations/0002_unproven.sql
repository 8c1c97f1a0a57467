alter table request_case add column unproven_at bigint;
alter table request_case add column told text;
alter table request_case add column told_at bigint;
