alter table subscription add column buyer_reference bytea;
alter table subscription_invoice add column structured bytea;
