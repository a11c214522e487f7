import type { StrategyName } from '../../contract/strategy-names.ts'
import { leastInFlight } from './least-in-flight.ts'
import { leastUsed } from './least-used.ts'
import { mostQuotaRemaining } from './most-quota-remaining.ts'
import { random } from './random.ts'
import { roundRobin } from './round-robin.ts'
import { scoreBased } from './score-based.ts'
import { sequential } from './sequential.ts'
import type { Strategy } from './strategy.ts'

export const STRATEGIES: Readonly<Record<StrategyName, Strategy>> = {
  'round-robin': roundRobin,
  random,
  'least-used': leastUsed,
  'least-in-flight': leastInFlight,
  sequential,
  'score-based': scoreBased,
  'most-quota-remaining': mostQuotaRemaining,
}
