import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { posix, win32 } from 'node:path'
import { isObject } from './payload.ts'

/** The version of the IDE that this provider was written against. */
export const KIRO_VERSION = '0.12.155'

/** What there is to know of a machine; injected by tests. */
export interface LocalMachine {
  readonly platform: NodeJS.Platform
  readonly home: string
  /** A file's text, or undefined when it cannot be read. */
  readonly read: (path: string) => string | undefined
}

/** Larger than any of these files by far: one that is not is something else. */
const MAX_BYTES = 2 * 1024 * 1024
const VERSION = /^\d{1,4}(?:\.\d{1,6}){1,3}$/

/**
 * The version that calls name: what the configuration says, and for `auto` the built-in one, or that of a Kiro IDE on this
 * machine if it is newer (`kiro.md` §4.5). A few small files are looked at, all local.
 */
export function kiroVersionOf(configured: string, machine: LocalMachine = thisMachine): string {
  if (configured !== 'auto') return configured
  return [KIRO_VERSION, ...localVersions(machine)].reduce((newest, version) => (isNewer(version, newest) ? version : newest))
}

/** Versions of all Kiro IDEs where their installers put them. */
export function localVersions(machine: LocalMachine): readonly string[] {
  return placesOn(machine).flatMap(path => {
    const text = machine.read(path)
    const version = text === undefined ? undefined : path.endsWith('.plist') ? versionOfPlist(text) : versionOfProduct(text)
    return version !== undefined && VERSION.test(version) ? [version] : []
  })
}

function placesOn({ platform, home }: LocalMachine): readonly string[] {
  switch (platform) {
    case 'darwin':
      return ['/Applications', posix.join(home, 'Applications')].flatMap(folder => [
        posix.join(folder, 'Kiro.app/Contents/Info.plist'),
        posix.join(folder, 'Kiro.app/Contents/Resources/app/product.json'),
      ])
    case 'win32':
      return [win32.join(home, 'AppData', 'Local', 'Programs'), 'C:\\Program Files'].map(folder =>
        win32.join(folder, 'Kiro', 'resources', 'app', 'product.json'),
      )
    case 'linux':
      return ['/usr/share/kiro', '/opt/kiro', '/opt/Kiro'].map(folder => posix.join(folder, 'resources/app/product.json'))
    default:
      return []
  }
}

/** A binary property list has no such text; then `product.json` beside it may tell. */
function versionOfPlist(text: string): string | undefined {
  return /<key>CFBundleShortVersionString<\/key>\s{0,20}<string>([^<]{1,32})<\/string>/.exec(text)?.[1]
}

/** Other editors of the same family have such a file too: the product must call itself Kiro. */
function versionOfProduct(text: string): string | undefined {
  try {
    const product: unknown = JSON.parse(text)
    if (!isObject(product)) return undefined
    const { version, nameShort, nameLong, applicationName } = product
    const isKiro = [nameShort, nameLong, applicationName].some(name => typeof name === 'string' && /\bkiro\b/i.test(name))
    return isKiro && typeof version === 'string' ? version : undefined
  } catch {
    return undefined
  }
}

function isNewer(version: string, than: string): boolean {
  const [left, right] = [version, than].map(text => text.split('.').map(Number)) as [number[], number[]]
  for (let part = 0; part < Math.max(left.length, right.length); part++) {
    const difference = (left[part] ?? 0) - (right[part] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return false
}

const thisMachine: LocalMachine = {
  platform: process.platform,
  home: homedir(),
  read: path => {
    try {
      return statSync(path).size > MAX_BYTES ? undefined : readFileSync(path, 'utf8')
    } catch {
      return undefined
    }
  },
}
