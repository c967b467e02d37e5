/**
 * Every table that a client's schema has beside those made from its contract, and what an erasure does
 * to it. A table that is not named here makes a test fail: nobody adds a place for personal data and
 * forgets that people can ask for it to go.
 */

/**
 * `erased`: rows about the customer are removed or emptied. `numbers`: rows name the customer by an
 * internal number, which leads to nobody afterwards. `kept`: rows say what was done about the request.
 * `nobody`: rows are about no person.
 */
export type Treatment = "erased" | "numbers" | "kept" | "nobody";

export const PLACES: Readonly<Record<string, Treatment>> = {
  _blocks: "erased",
  _consents: "erased",
  _event_anchors: "erased",
  _history: "erased",
  _homes: "erased",
  _judgements: "erased",
  _late_blocks: "erased",
  _parked_members: "erased",
  _pins: "erased",
  _quarantine: "erased",
  _record_keys: "erased",
  _redirects: "erased",
  _scores: "erased",

  _change_head: "nobody",
  _view_values: "nobody",
  _views: "nobody",
  _changes: "numbers",
  _disclosed_customers: "numbers",
  _members: "numbers",
  _membership_moves: "numbers",
  _membership_switches: "numbers",
  _moved_members: "numbers",

  _obligations: "kept",
  _remains: "kept",
  _rights_requests: "kept",
  _suppressions: "kept",

  _clock_setbacks: "nobody",
  _contracts: "nobody",
  _corrections: "numbers",
  _definitions: "nobody",
  _deliveries: "nobody",
  _disclosed_forms: "nobody",
  _disclosures: "nobody",
  _following: "nobody",
  _intakes: "nobody",
  _ledger_cosignatures: "nobody",
  _ledger_entries: "nobody",
  _ledger_head: "nobody",
  _ledger_inbox: "nobody",
  _ledger_tiles: "nobody",
  _ledger_witnesses: "nobody",
  _member_subjects: "nobody",
  _models: "nobody",
  _reconciliations: "nobody",
  _resolution: "nobody",
  _score_runs: "nobody",
  _segment_versions: "nobody",
  _segments: "nobody",
  _sources: "nobody",
  _term_shares: "nobody",
};
