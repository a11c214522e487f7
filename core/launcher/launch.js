import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { findNode, missingNode } from './find-node.js'

/** Exit code for "the environment is not fit to run this" (EX_CONFIG of sysexits.h). */
const UNFIT = 78
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2', 'SIGBREAK']

/** Whether this is a checkout, whose TypeScript source runs as it is. The published package holds `dist/` only. */
export const isCheckout = existsSync(fileURLToPath(new URL('../main.ts', import.meta.url)))

/**
 * Runs a script on a Node that is new enough, in this process's place: same streams, same exit code, same signals, same end.
 * @param {string} script absolute path of the file to run
 * @param {readonly string[]} args its arguments
 */
export async function launch(script, args) {
  const node = findNode()
  if (node === undefined) {
    process.stderr.write(`${missingNode()}\n`)
    process.exit(UNFIT)
  }
  if (!isCheckout && node === process.execPath) {
    process.argv = [node, script, ...args]
    return import(pathToFileURL(script).href)
  }
  const flags = isCheckout ? ['--conditions=kiro-gateway-source', '--disable-warning=ExperimentalWarning'] : ['--disable-warning=ExperimentalWarning']
  // The channel's only purpose: it closes when this process dies, however it dies, and the child dies with it.
  const child = spawn(node, [...flags, script, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, KIRO_GATEWAY_LAUNCHED: '1' },
  })
  for (const signal of SIGNALS) {
    try {
      process.on(signal, () => child.kill(signal))
    } catch {
      // This platform has no such signal.
    }
  }
  child.on('error', error => {
    process.stderr.write(`kiro-gateway could not start ${node}: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    for (const name of SIGNALS) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
}
