alter table rights_told add column system text;
