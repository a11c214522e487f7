import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The oldest Node that the gateway itself runs on: `module.registerHooks`, `node:sqlite` and type stripping without flags. */
const OLDEST = [22, 20]

/**
 * @param {string} version such as `20.19.1`
 * @returns {boolean} whether the gateway runs on it
 */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
}

/**
 * The Node binary to run on: this one if it is new enough, else the one among the optional packages.
 * @returns {string | undefined} a path, or undefined when there is none
 */
export function findNode() {
  if (isNewEnough(process.versions.node)) return process.execPath
  const require = createRequire(import.meta.url)
  const os = process.platform === 'win32' ? 'win' : process.platform
  try {
    const folder = dirname(require.resolve(`node-${os}-${process.arch}/package.json`))
    const binary = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    return existsSync(binary) ? binary : undefined
  } catch {
    return undefined
  }
}

/** @returns {string} one line that says what is missing and what to do */
export function missingNode() {
  return `kiro-gateway needs Node ${OLDEST.join('.')} or newer and this is ${process.versions.node}: install a newer Node, or on Linux run "npm ci" without --omit=optional, or "npx -p node@24 -p kiro-gateway kiro-gateway"`
}
