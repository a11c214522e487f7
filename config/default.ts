import type { GatewayConfig, Plugin } from '../core/index.ts'
import { debugCapture, modelMap, requestLog, retry } from '../plugins/index.ts'
import { kiro } from '../providers/kiro/index.ts'

export interface Defaults extends Required<Pick<GatewayConfig, 'providers' | 'plugins'>> {
  /** What DEBUG_MODE adds. */
  readonly capture: (mode: 'errors' | 'all') => Plugin
}

/** The wiring when there is no configuration file, and the parts that a file leaves out. */
export function defaultConfig(): Defaults {
  return {
    providers: [kiro()],
    plugins: [modelMap(), retry(), requestLog()],
    capture: mode => debugCapture({ mode }),
  }
}
