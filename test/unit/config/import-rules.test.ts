import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'

const root = join(import.meta.dirname, '../../..')

/** A small tree of the project's shape: what stands here may be imported. */
const TREE: Readonly<Record<string, string>> = {
  'core/index.ts': 'export const index = 1\n',
  'core/gateway.ts': 'export const gateway = 1\n',
  'core/model/request.ts': 'export const request = 1\n',
  'core/errors/codes.ts': 'export const codes = 1\n',
  'core/wire/anthropic.ts': 'export const wire = 1\n',
  'core/contract/call.ts': 'export const call = 1\n',
  'core/pipeline/compose.ts': 'export const compose = 1\n',
  'core/accounts/pool.ts': 'export const pool = 1\n',
  'core/transport/agents.ts': 'export const agents = 1\n',
  'core/telemetry/log.ts': 'export const log = 1\n',
  'core/http/state.ts': 'export const state = 1\n',
  'core/dialects/index.ts': 'export const dialects = 1\n',
  'core/dialects/gemini/parse.ts': 'export const parse = 1\n',
  'core/dialects/anthropic/parse.ts': 'export const parse = 1\n',
  'providers/one/index.ts': 'export const one = 1\n',
  'providers/one/auth/index.ts': 'export const auth = 1\n',
  'providers/two/index.ts': 'export const two = 1\n',
  'providers/two/auth/index.ts': 'export const auth = 1\n',
  'plugins/one/index.ts': 'export const one = 1\n',
  'plugins/one/pure.ts': 'export const pure = 1\n',
  'plugins/two/index.ts': 'export const two = 1\n',
  'config/load.ts': 'export const load = 1\n',
  'config/default.ts': 'export const fallback = 1\n',
  'test/support/help.ts': 'export const help = 1\n',
}

/** The file that imports, what it imports, and the words of the rule that must refuse it; without words it must pass. */
const IMPORTS: readonly (readonly [file: string, specifier: string, refusal?: string])[] = [
  ['core/model/a.ts', '../errors/codes.ts'],
  ['core/model/a.ts', '../contract/call.ts', 'core/model may import'],
  ['core/errors/a.ts', '../contract/call.ts', 'core/errors may import'],
  ['core/wire/a.ts', '../telemetry/log.ts', 'core/wire may import'],
  ['core/contract/a.ts', '../model/request.ts'],
  ['core/contract/a.ts', '../pipeline/compose.ts', 'core/contract may import'],
  ['core/contract/a.ts', 'koa', 'Koa stays in core/http'],
  ['core/cluster/a.ts', '../contract/call.ts'],
  ['core/cluster/a.ts', '../accounts/pool.ts', 'core/cluster may import'],
  ['core/pipeline/a.ts', '../contract/call.ts'],
  ['core/pipeline/a.ts', '../accounts/pool.ts', 'core/pipeline may import'],
  ['core/pipeline/a.ts', '../telemetry/log.ts', 'core/pipeline may import'],
  ['core/pipeline/a.ts', '../../providers/one/index.ts', 'names no provider'],
  ['core/accounts/a.ts', '../transport/agents.ts'],
  ['core/accounts/a.ts', '../http/state.ts', 'core/accounts may import'],
  ['core/transport/a.ts', '../pipeline/compose.ts', 'core/transport may import'],
  ['core/dialects/anthropic/a.ts', '../../wire/anthropic.ts'],
  ['core/dialects/anthropic/a.ts', '../gemini/parse.ts', 'never another dialect'],
  ['core/dialects/anthropic/a.ts', '../../pipeline/compose.ts', 'A dialect may import'],
  ['core/http/a.ts', 'koa'],
  ['core/http/a.ts', '../pipeline/compose.ts'],
  ['core/http/a.ts', '../accounts/pool.ts', 'core/http may import'],
  ['core/http/a.ts', 'awilix', 'awilix stays in core/container'],
  ['core/http/a.ts', '../../plugins/one/index.ts', 'names no provider, no plugin'],
  ['core/container/a.ts', 'awilix'],
  ['core/container/a.ts', '../accounts/pool.ts'],
  ['core/container/a.ts', '../../providers/one/index.ts', 'names no provider'],
  ['core/main.ts', '../config/load.ts'],
  ['core/main.ts', '../config/default.ts', 'config/load.ts and nothing else'],
  ['core/main.ts', '../providers/one/index.ts', 'config/load.ts and nothing else'],
  ['providers/one/a.ts', '../../core/index.ts'],
  ['providers/one/a.ts', '../../core/wire/anthropic.ts'],
  ['providers/one/a.ts', './auth/index.ts'],
  ['providers/one/a.ts', '../../core/contract/call.ts', 'A provider may import'],
  ['providers/one/a.ts', '../two/index.ts', 'A provider may import'],
  ['providers/one/a.ts', 'awilix', 'awilix stays in core/container'],
  ['providers/one/a.ts', 'koa', 'Koa stays in core/http'],
  ['providers/one/auth/a.ts', '../../../core/index.ts'],
  ['providers/one/auth/a.ts', '../index.ts'],
  ['providers/one/auth/a.ts', '../../two/auth/index.ts', 'A provider may import'],
  ['providers/one/auth/a.ts', '../../../core/pipeline/compose.ts', 'A provider may import'],
  ['plugins/one/a.ts', '../../core/index.ts'],
  ['plugins/one/a.ts', './pure.ts'],
  ['plugins/one/a.ts', '../two/index.ts', 'A plugin may import'],
  ['plugins/one/a.ts', '../../core/contract/call.ts', 'A plugin may import'],
  ['plugins/one/a.ts', '../../core/pipeline/compose.ts', 'A plugin may import'],
  ['plugins/one/a.ts', '../../providers/one/index.ts', 'A plugin may import'],
  ['plugins/one/a.ts', '../../core/wire/anthropic.ts', 'A plugin may import'],
  ['plugins/one/a.ts', 'awilix', 'awilix stays in core/container'],
  ['plugins/one/a.ts', '../../test/support/help.ts', 'Nothing imports test'],
  ['core/gateway.ts', '../test/support/help.ts', 'Nothing imports test'],
  ['core/http/a.ts', '../../test/support/help.ts', 'Nothing imports test'],
  ['providers/one/auth/a.ts', '../../../test/support/help.ts', 'Nothing imports test'],
]

interface Diagnostic {
  readonly filename: string
  readonly message: string
  readonly help?: string
  readonly code?: string
}

/** Lints a tree with the project's rules and returns what it complains of. */
function lint(folder: string): readonly Diagnostic[] {
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint')
  const run = spawnSync(process.execPath, [oxlint, '-c', join(folder, 'config/oxlint.json'), '-f', 'json', '.'], { cwd: folder, encoding: 'utf8', env: { PATH: process.env.PATH ?? '' } })
  return (JSON.parse(run.stdout) as { diagnostics: readonly Diagnostic[] }).diagnostics
}

describe('the import rules', function () {
  this.timeout(60_000)
  let folder: string
  let found: readonly Diagnostic[]

  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'import-rules-')))
    const write = (name: string, content: string) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), content)
    }
    for (const [name, content] of Object.entries(TREE)) write(name, content)
    write('config/oxlint.json', readFileSync(join(root, 'config/oxlint.json'), 'utf8'))
    // One file per import, named by its number, so that each complaint has one cause; the fixed names last.
    IMPORTS.forEach(([file, specifier], index) => write(fileOf(file, index), `import * as planted from '${specifier}'\n\nexport const used${index} = planted\n`))
    write('core/cycle/one.ts', "import { two } from './two.ts'\n\nexport const one = (): unknown => two\n")
    write('core/cycle/two.ts', "import type { one } from './one.ts'\n\nexport const two = (given: typeof one): unknown => given\n")
    write('plugins/one/default.ts', 'export default 1\n')
    write('plugins/one/any.ts', 'export const loose = (given: any): unknown => given\n')
    found = lint(folder)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** A file beside the named one, so that two faults of one place are told apart. */
  function fileOf(file: string, index: number): string {
    return file === 'core/main.ts' || file === 'core/gateway.ts' ? file.replace('core/', `planted${index}/core/`) : file.replace('/a.ts', `/a${index}.ts`)
  }
  const about = (name: string) => found.filter(({ filename }) => filename.endsWith(name)).map(({ message, help, code }) => `${code ?? ''} ${message} ${help ?? ''}`)

  IMPORTS.forEach(([file, specifier, refusal], index) => {
    it(`${refusal === undefined ? 'let' : 'do not let'} ${file} import ${specifier}`, () => {
      const complaints = about(fileOf(file, index)).filter(text => text.includes('no-restricted-imports'))
      if (refusal === undefined) expect(complaints).to.deep.equal([])
      else expect(complaints.join('\n')).to.contain(refusal)
    })
  })

  it('find a cycle, of types alone as well', () => {
    expect([...about('cycle/one.ts'), ...about('cycle/two.ts')].join('\n')).to.contain('cycle')
  })

  it('find a default export and a loose type', () => {
    expect(about('plugins/one/default.ts').join()).to.contain('no-default-export')
    expect(about('plugins/one/any.ts').join()).to.contain('no-explicit-any')
  })

  it('let a clean file pass', () => {
    const planted = /\/a\d+\.ts$|planted\d+\//
    for (const name of Object.keys(TREE)) expect(found.filter(({ filename }) => filename.endsWith(name) && !planted.test(filename)), name).to.deep.equal([])
  })
})
