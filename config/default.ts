import type { GatewayConfig, MediaConfig, Plugin } from '../core/index.ts'
import { debugCapture, fetchMedia, modelMap, requestLog, retry } from '../plugins/index.ts'
import { kiro } from '../providers/kiro/index.ts'

export interface Defaults extends Required<Pick<GatewayConfig, 'providers' | 'plugins'>> {
  /** What DEBUG_MODE adds. */
  readonly capture: (mode: 'errors' | 'all') => Plugin
  /** What `media.fetchUrls` adds. */
  readonly media: (options: Required<Omit<MediaConfig, 'fetchUrls'>>) => Plugin
}

/** The wiring when there is no configuration file, and the parts that a file leaves out. */
export function defaultConfig(): Defaults {
  return {
    providers: [kiro()],
    plugins: [modelMap(), retry(), requestLog()],
    media: ({ maxBytes, hosts }) => fetchMedia({ maxBytes, hosts: [...hosts] }),
    capture: mode => debugCapture({ mode }),
  }
}
