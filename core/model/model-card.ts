import type { ReasoningEffort } from './request.ts'

/** One model as its provider offers it. Abilities are data: the catalog compares them with what a request needs. */
export interface ModelCard {
  /** The provider's own id, without a provider prefix. */
  readonly id: string
  readonly name?: string
  readonly description?: string
  /** When its vendor made it, wall clock. */
  readonly createdAt?: number
  readonly input: readonly InputKind[]
  readonly features: readonly Feature[]
  readonly limits?: { readonly inputTokens?: number; readonly outputTokens?: number }
  readonly efforts?: readonly ReasoningEffort[]
  /** Other names that clients may use for it. */
  readonly aliases?: readonly string[]
  /** What one call costs compared with the provider's cheapest, in its own unit. */
  readonly rate?: { readonly multiplier: number; readonly unit: string }
}

export type InputKind = 'text' | 'image' | 'document'
export type Feature = 'tools' | 'reasoning' | 'caching'
