import type { Account } from '../../core/index.ts'
import type { KiroCredential } from './credential.ts'
import { type EndpointOptions, type KiroLane, lanesFor } from './endpoints.ts'
import { type IdentityOptions, invocationHeaders, laneHeaders } from './identity.ts'
import { profileArnOf } from './profile-arn.ts'

type KiroAccount = Account<KiroCredential>

interface Page {
  readonly lanes: readonly KiroLane[]
  readonly headers: Map<KiroLane, Record<string, string>>
}

/**
 * What follows from an account alone, worked out once per state of it: core replaces an account's object whenever
 * anything about it changes. Deriving it anew was a tenth of what a request costs here.
 */
export class LaneBook {
  readonly #options: EndpointOptions & IdentityOptions
  readonly #pages = new WeakMap<KiroAccount, Page>()

  constructor(options: EndpointOptions & IdentityOptions) {
    this.#options = options
  }

  lanes(account: KiroAccount): readonly KiroLane[] {
    return this.#page(account).lanes
  }

  /** Looked up by name: the profile, and with it the host's region, may have become known after the lane was chosen. */
  find(account: KiroAccount, id: string): KiroLane | undefined {
    const { lanes } = this.#page(account)
    return lanes.find(lane => lane.id === id) ?? lanes[0]
  }

  headers(account: KiroAccount, lane: KiroLane): Record<string, string> {
    const { headers } = this.#page(account)
    let constant = headers.get(lane)
    if (constant === undefined) headers.set(lane, (constant = laneHeaders(account, lane.profile, this.#options)))
    return { ...constant, ...invocationHeaders() }
  }

  #page(account: KiroAccount): Page {
    let page = this.#pages.get(account)
    if (page === undefined) {
      page = { lanes: lanesFor({ credential: account.credential, profileArn: profileArnOf(account) }, this.#options), headers: new Map() }
      this.#pages.set(account, page)
    }
    return page
  }
}
