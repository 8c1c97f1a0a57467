delete from newsletter_dispatch where exists (select 1 from newsletter_dispatch o
	where o.subject = newsletter_dispatch.subject and o.campaign = newsletter_dispatch.campaign and o.id > newsletter_dispatch.id);

drop index newsletter_dispatch_once;
create unique index newsletter_dispatch_once on newsletter_dispatch (campaign, subject);
drop index newsletter_dispatch_subscription;
drop index newsletter_subscriber_entry;

update newsletter_campaign set filled_to = null where not filled;
