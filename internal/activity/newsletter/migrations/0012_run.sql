alter table newsletter_campaign add column run text;
