/** What is measured: the floor, the gateway, or the upstream asked directly, which shows what the generator can do. */
export type Target = 'floor' | 'gateway' | 'direct'

/** Cores for the target alone and for all else; undefined where pinning is not possible. */
export interface Pinning {
  readonly target: number
  readonly others: number
}
