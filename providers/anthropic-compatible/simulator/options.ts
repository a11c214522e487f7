/** How the imitated service is set up. */
export interface AnthropicSimulatorOptions {
  /** Default 0: any free port. */
  readonly port?: number
  /** Keys that it takes. */
  readonly keys?: readonly string[]
  /** Fields and block types of tomorrow that it knows already. */
  readonly future?: readonly string[]
  /** Bytes of one write; default: an event each. */
  readonly writeBytes?: number
  /** Most models on one page of the list. */
  readonly pageSize?: number
  /** Whether it has a list of models and a count of tokens; relays often have neither. */
  readonly messagesOnly?: boolean
  /** Headers of every answer. */
  readonly headers?: Readonly<Record<string, string>>
  /** Two services with different secrets refuse each other's signatures. */
  readonly secret?: string
}

export const DEFAULT_KEY = 'sk-ant-simulated-0123456789'
