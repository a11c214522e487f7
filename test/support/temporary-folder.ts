import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of its own for each test of the suite that calls this. */
export function temporaryFolders(): { make(): string } {
  const made: string[] = []
  afterEach(() => {
    for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
  })
  return {
    make() {
      const folder = mkdtempSync(join(tmpdir(), 'kiro-gateway-test-'))
      made.push(folder)
      return folder
    },
  }
}
