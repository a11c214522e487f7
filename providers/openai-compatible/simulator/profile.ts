/** How strict the imitated server is, and in what it differs from OpenAI's own: the quirks of `providers.md` §6.2 and §6.5 as switches. */
export interface SimulatorProfile {
  /** Keys that are known; none: no key is asked for. */
  readonly keys: readonly string[]
  readonly models: readonly SimulatedModel[]
  /** Fields of the body beyond those of OpenAI's own API. */
  readonly accepts: readonly string[]
  /** Fields that it refuses as unknown though OpenAI's own API has them. */
  readonly refuses: readonly string[]
  readonly developerRole: boolean
  /** System messages may stand at the start alone. */
  readonly systemFirst: boolean
  readonly images: boolean
  readonly files: boolean
  /** Every assistant turn with calls must bring its `reasoning_content`. */
  readonly reasoningContent: boolean
}

export interface SimulatedModel {
  readonly id: string
  readonly contextWindow: number
  /** Whether it takes `reasoning_effort`, and wants `max_completion_tokens`. */
  readonly reasons: boolean
}

export const DEFAULT_PROFILE: SimulatorProfile = {
  keys: ['sk-simulated-key-0001'],
  models: [
    { id: 'gpt-simulated', contextWindow: 128_000, reasons: false },
    { id: 'o-simulated', contextWindow: 200_000, reasons: true },
    { id: 'tiny-simulated', contextWindow: 200, reasons: false },
  ],
  accepts: [],
  refuses: [],
  developerRole: true,
  systemFirst: false,
  images: true,
  files: true,
  reasoningContent: false,
}
