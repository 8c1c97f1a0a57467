create table egress_refusal (host text primary key);
