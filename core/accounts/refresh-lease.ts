import { type Clock, sleep } from '../contract/clock.ts'
import { type HeldLease, LEASE_MS, type Leases } from '../store/leases.ts'

/** How often we look whether another process is done with the same account. */
const LOOK_AGAIN_MS = 100

export interface LeaseWish {
  readonly leases: Leases
  readonly clock: Clock
  readonly account: string
  /** Whether the wish is void by now: the other process did the work. Throws to give up. */
  readonly settled: () => Promise<boolean>
  /** What the work left behind that others must not run into; the lease is kept until it resolves. */
  readonly unfinished: () => Promise<void> | undefined
}

/** The right to renew an account while `work` runs, kept alive as long; `work` is left out when another process did it. */
export async function underLease(wish: LeaseWish, work: () => Promise<void>): Promise<void> {
  const lease = await acquire(wish)
  if (!lease) return
  const keeping = keep(lease, wish.clock)
  try {
    await work()
  } finally {
    const release = () => {
      keeping.end()
      // Left to its own end when the store is away: that costs others a minute.
      return lease.release().catch(() => undefined)
    }
    const unfinished = wish.unfinished()
    if (unfinished) void unfinished.then(release)
    else await release()
  }
}

async function acquire({ leases, clock, account, settled }: LeaseWish): Promise<HeldLease | undefined> {
  for (;;) {
    const lease = await leases.acquire(`refresh:${account}`)
    if (lease) return lease
    await sleep(clock, LOOK_AGAIN_MS)
    if (await settled()) return undefined
  }
}

function keep(lease: HeldLease, clock: Clock): { end(): void } {
  let over = false
  const again = () => {
    if (!over) timer.refresh()
  }
  const timer = clock.timer(LEASE_MS / 3, () => void lease.renew().then(again, again))
  return {
    end() {
      over = true
      timer.cancel()
    },
  }
}
