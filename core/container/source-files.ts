import { rereadSource } from './account-sources.ts'
import { expandPath } from './credential-context.ts'
import { isUrl, shownLocation } from './credential-url.ts'
import { FileWatch } from './file-watch.ts'
import type { Services } from './services.ts'
import { SourceWriteBack } from './source-write-back.ts'

/** What keeps credentials files and the store in line while the gateway runs. */
export interface SourceFiles {
  close(): Promise<void>
}

/** Takes changed credentials files in, and writes renewed credentials back where the operator wants that. */
export async function followSourceFiles(services: Services): Promise<SourceFiles> {
  const { settings, clock, log, watch } = services
  const writeBack = settings.credentialsWriteBack ? new SourceWriteBack(services) : undefined
  await writeBack?.start()
  const watches = settings.sources
    .filter(({ location }) => !isUrl(location))
    .map(source => {
      const changed = async () => {
        try {
          if (await rereadSource(services, source)) await watch.check()
        } catch (error) {
          log.warn('a credentials file has changed and cannot be read; its accounts go on as they are', { file: shownLocation(source.location), error })
        }
      }
      return new FileWatch({ path: expandPath(source.location), clock, changed })
    })
  for (const each of watches) await each.start()
  return {
    close: async () => {
      for (const each of watches) await each.close()
      await writeBack?.close()
    },
  }
}
