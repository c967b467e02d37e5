-- Trust: recipients and policies are definitions; consents and erasures are changes like any other.

alter type _change_kind add value 'consent-changed';
alter type _change_kind add value 'customer-erased';

alter table _definitions drop constraint _definitions_kind_check;
alter table _definitions add constraint _definitions_kind_check
  check (kind in ('source', 'model', 'score', 'segment', 'recipient', 'policy', 'destination', 'route'));
