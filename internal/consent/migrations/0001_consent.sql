create table consent_decision (id text primary key);
