/** What one check found. */
export interface Finding {
  readonly name: string
  readonly result: 'ok' | 'warn' | 'failed'
  readonly detail: string
  /** What to do about it. */
  readonly remedy?: string
}

/** One link of the chain. Checks of one world run in their order; what a world needs has been checked before it. */
export type Check<World> = (world: World) => Promise<readonly Finding[]>

export function ok(name: string, detail: string): Finding {
  return { name, result: 'ok', detail }
}

export function warn(name: string, detail: string, remedy: string): Finding {
  return { name, result: 'warn', detail, remedy }
}

export function failed(name: string, detail: string, remedy: string): Finding {
  return { name, result: 'failed', detail, remedy }
}
