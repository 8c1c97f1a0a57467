create table subject (id text primary key);
