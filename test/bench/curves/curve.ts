/** One measured point of a curve. */
export interface Point {
  /** How much is kept. */
  readonly kept: number
  /** CPU-ms. */
  readonly perRequest: number
  /** The same load on the floor, where the floor has anything to do with it. */
  readonly floorPerRequest?: number
  /** Of the request's body. */
  readonly kilobytes?: number
}

/** What a request costs while more and more is kept. */
export interface Curve {
  readonly name: string
  readonly about: string
  readonly unit: string
  readonly points: readonly Point[]
}

/** What choosing an account costs, by strategy. */
export interface SelectionCost {
  readonly strategy: string
  readonly accounts: number
  /** From asking for an account to handing it back. */
  readonly microseconds: number
}

export interface Selection {
  readonly costs: readonly SelectionCost[]
  /** What the floor's whole request costs. */
  readonly floorMicroseconds: number
}
