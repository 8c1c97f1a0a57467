alter table subject_hold add column ground text not null default '';
