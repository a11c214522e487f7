/**
 * The tables as every database sees them: text, integers and milliseconds in 64 bits, nothing that SQLite and PostgreSQL
 * would read differently. Truth values are 0 and 1.
 */
export interface Tables {
  meta: MetaRow
  accounts: AccountRow
  account_tokens: AccountTokenRow
  account_quota: AccountQuotaRow
  account_usage: AccountUsageRow
  account_in_flight: AccountInFlightRow
  account_events: AccountEventRow
  client_keys: ClientKeyRow
  leases: LeaseRow
}

interface MetaRow {
  key: string
  value: string
}

export interface AccountRow {
  id: string
  provider: string
  label: string
  origin: string
  /** Keyed hash of the credential as its source gave it: the same source is found again however often the token rotated. */
  source_hash: string
  /** Tenant that alone is served by it. */
  owner: string | null
  /** Client key with which that tenant first came. */
  admitted_by: string | null
  facts: string
  settings: string
  /** The operator's word, apart from health so that neither write can undo the other. */
  disabled: number
  disabled_reason: string | null
  disabled_since: number | null
  status: string
  reason: string | null
  since: number
  until: number | null
  failures: number
  /** Raised by whoever resets health from outside; a running server's later write for an older epoch changes nothing. */
  health_epoch: number
  /** 0 once the source it came from no longer names it. */
  attached: number
  removed_at: number | null
  seen_at: number
  created_at: number
  /** The store's revision at the row's last change that other processes must learn of. */
  revision: number
}

/** Written by `core/accounts/token-store.ts` only. */
export interface AccountTokenRow {
  account_id: string
  secret: string
  previous: string | null
  generation: number
  expires_at: number | null
  refreshed_at: number
}

/**
 * The last reading of an account's quota. This and the next three have no foreign key: they are written in batches, and
 * one account that was removed meanwhile must not undo a batch. Rows without an account are swept up.
 */
export interface AccountQuotaRow {
  account_id: string
  /** `Quota` as JSON. */
  quota: string
  read_at: number
  /** `QuotaHistory` as JSON: the readings before it, for a forecast. */
  history: string
}

/** Counts of all processes together: each adds what it has counted since its last write. */
interface AccountUsageRow {
  account_id: string
  requests: number
  successes: number
  failures: number
  last_used_at: number | null
  error_code: string | null
  error_message: string | null
  error_at: number | null
}

/** Requests under way in one process, true until `until` at the longest: a killed process leaves its row behind. */
interface AccountInFlightRow {
  account_id: string
  process: string
  requests: number
  until: number
}

/** Append-only. Ids sort by time. */
export interface AccountEventRow {
  id: string
  account_id: string
  at: number
  kind: string
  from_status: string | null
  to_status: string | null
  until: number | null
  cause: string | null
  detail: string | null
  call_id: string | null
  attempt: number | null
}

export interface ClientKeyRow {
  id: string
  label: string
  /** SHA-256 of the key, hex: the key itself is nowhere. */
  digest: string
  /** Last characters, so that people can tell keys apart. */
  hint: string
  models: string | null
  created_at: number
  expires_at: number | null
  revoked_at: number | null
  revision: number
}

interface LeaseRow {
  name: string
  owner: string
  until: number
}
