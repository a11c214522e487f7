import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join, resolve } from 'node:path'

/** Beneath `node_modules`, where the programs find their packages and nobody looks for sources. */
const OUT = resolve(import.meta.dirname, '../../node_modules/.cache/kiro-gateway-bench')

/**
 * Writes the benchmark's own programs as plain JavaScript: what Node loads to run TypeScript costs memory and time at the
 * start, and the gateway from `dist/` would be compared with a floor that pays for it.
 */
export function writePrograms(): void {
  mkdirSync(OUT, { recursive: true })
  writeFileSync(join(OUT, 'package.json'), '{ "type": "module" }\n')
  for (const file of globSync('*.ts', { cwd: import.meta.dirname })) {
    const source = readFileSync(join(import.meta.dirname, file), 'utf8')
    writeFileSync(join(OUT, plainName(file)), stripTypeScriptTypes(source).replaceAll(/(from '\.\/[\w-]+)\.ts'/g, "$1.js'"))
  }
}

/** The path of one of them; `writePrograms` comes first. */
export function program(name: 'upstream.ts' | 'floor.ts' | 'passthrough-floor.ts' | 'load.ts'): string {
  return join(OUT, plainName(name))
}

function plainName(file: string): string {
  return file.replace(/\.ts$/, '.js')
}
