/** All that is wrong with a configuration, at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly string[]

  constructor(source: string, faults: readonly string[]) {
    super(`${source}: ${faults.length === 1 ? faults[0] : `${faults.length} faults\n${faults.map(fault => `  - ${fault}`).join('\n')}`}`)
    this.faults = faults
  }
}
