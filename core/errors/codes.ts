/**
 * Who may help when something fails: the request's author, another account, another model, another lane, time, or nobody.
 * The scope alone decides what is tried again and what cools down (`docs/errors.md`).
 */
export type ErrorScope = 'request' | 'offer' | 'model' | 'lane' | 'account' | 'provider' | 'network' | 'gateway'

interface CodeRow {
  /** HTTP status where a dialect has no other for it. */
  readonly status: number
  readonly scope: ErrorScope
}

/** Every way in which this gateway fails. Dialects give each its own words; nothing else decides on an error. */
export const CODES = {
  // The request: nobody else could serve it either.
  bad_request: { status: 400, scope: 'request' },
  context_too_long: { status: 400, scope: 'request' },
  unsupported: { status: 400, scope: 'request' },
  unauthorized: { status: 401, scope: 'request' },
  forbidden: { status: 403, scope: 'request' },
  not_found: { status: 404, scope: 'request' },
  method_not_allowed: { status: 405, scope: 'request' },
  too_large: { status: 413, scope: 'request' },
  unsupported_media: { status: 415, scope: 'request' },
  rate_limited: { status: 429, scope: 'request' },
  cancelled: { status: 499, scope: 'request' },

  // This account does not offer this model; another may.
  model_not_offered: { status: 404, scope: 'offer' },
  feature_not_offered: { status: 502, scope: 'offer' },
  /** Its allowance of this model is used up, not that of others. */
  model_quota_exhausted: { status: 429, scope: 'offer' },

  // The model, whoever asks.
  model_not_found: { status: 404, scope: 'request' },
  model_overloaded: { status: 503, scope: 'model' },
  empty_answer: { status: 502, scope: 'model' },
  tool_call_truncated: { status: 502, scope: 'model' },
  malformed_answer: { status: 502, scope: 'model' },

  // One endpoint of an account.
  lane_unavailable: { status: 502, scope: 'lane' },

  // The account.
  account_rate_limited: { status: 429, scope: 'account' },
  account_suspicious: { status: 429, scope: 'account' },
  quota_exhausted: { status: 429, scope: 'account' },
  token_rejected: { status: 502, scope: 'account' },
  not_entitled: { status: 502, scope: 'account' },
  account_suspended: { status: 502, scope: 'account' },
  needs_login: { status: 503, scope: 'account' },

  // The provider as a whole, and the way to it.
  upstream_overloaded: { status: 503, scope: 'provider' },
  upstream_failed: { status: 502, scope: 'provider' },
  upstream_nonsense: { status: 502, scope: 'provider' },
  upstream_unreachable: { status: 502, scope: 'network' },
  upstream_cut: { status: 502, scope: 'network' },
  upstream_timeout: { status: 504, scope: 'network' },
  upstream_tls: { status: 502, scope: 'network' },
  proxy_failed: { status: 502, scope: 'network' },

  // This gateway.
  no_account: { status: 503, scope: 'gateway' },
  all_cooling: { status: 429, scope: 'gateway' },
  all_exhausted: { status: 429, scope: 'gateway' },
  draining: { status: 503, scope: 'gateway' },
  overloaded: { status: 503, scope: 'gateway' },
  store_unavailable: { status: 503, scope: 'gateway' },
  internal: { status: 500, scope: 'gateway' },
} as const satisfies Record<string, CodeRow>

export type ErrorCode = keyof typeof CODES
