-- What a delivery that failed has not sent is taken out of the index of disclosures with its end. Until now it
-- stayed there and was passed over, and only where all or nothing arrives.

delete from _disclosed_customers c
 using _disclosures d, _deliveries j
 where d.disclosure = c.disclosure and j.delivery = d.delivery
   and d.whole_or_nothing and j.state in ('failed', 'cancelled');
delete from _disclosures d
 using _deliveries j
 where j.delivery = d.delivery and d.whole_or_nothing and j.state in ('failed', 'cancelled');
alter table _disclosures drop column whole_or_nothing;
comment on table _disclosures is 'What left or was shown: once a delivery or an answer, written before anybody outside sees it; what a delivery has not sent is taken out when it fails. seen: the newest change of the log that its customers stood at. Without references to what it tells of: it outlives recipients, routes and journals.';
