import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadSettings } from '../../config/load.ts'
import type { Flags, Settings } from '../../core/contract/settings.ts'

/** A working directory outside the checkout, with the files that a test puts there. */
export class ConfigFolder {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async make(files: Readonly<Record<string, string>> = {}): Promise<ConfigFolder> {
    const folder = new ConfigFolder(await realpath(await mkdtemp(join(tmpdir(), 'gateway-config-'))))
    await folder.write(files)
    return folder
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      const file = join(this.path, name)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, content)
    }
  }

  load(environment: Readonly<Record<string, string>> = {}, flags: Flags = {}): Promise<Settings> {
    return loadSettings({ flags, directory: this.path, environment })
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true })
  }
}
