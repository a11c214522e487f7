import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type StoreOptions } from '../../core/store/open.ts'
import type { Store } from '../../core/store/store.ts'
import { describePostgres } from './postgres.ts'

/** A new database for each test; all that was opened is closed at its end. */
interface StoreBackend {
  readonly name: 'SQLite' | 'SQLite in memory' | 'PostgreSQL'
  readonly options: StoreOptions
  /** As one more process would open it; in memory there is but one. */
  open(): Promise<Store>
}

type Body = (backend: () => StoreBackend, name: StoreBackend['name']) => void

/** Runs the same tests on every database that the gateway can use. */
export function onEveryStore(title: string, body: Body): void {
  describe(`${title} [SQLite in memory]`, () =>
    body(
      backendOf('SQLite in memory', () => Promise.resolve({ dataDir: ':memory:' })),
      'SQLite in memory',
    ))
  onSharedStores(title, body)
}

/** Only those that several processes can open. */
export function onSharedStores(title: string, body: Body): void {
  describe(`${title} [SQLite]`, () =>
    body(
      backendOf('SQLite', dataDir => Promise.resolve({ dataDir })),
      'SQLite',
    ))
  describePostgres(`${title} [PostgreSQL]`, server =>
    body(
      backendOf('PostgreSQL', async dataDir => ({ dataDir, databaseUrl: await server().makeDatabase() })),
      'PostgreSQL',
    ),
  )
}

function backendOf(name: StoreBackend['name'], place: (folder: string) => Promise<StoreOptions>): () => StoreBackend {
  let folder: string
  let options: StoreOptions
  let opened: Promise<Store>[]
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kiro-gateway-test-'))
    options = await place(folder)
    opened = []
  })
  afterEach(async () => {
    for (const result of await Promise.allSettled(opened)) if (result.status === 'fulfilled') await result.value.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const open = () => {
    const [first] = opened
    if (name === 'SQLite in memory' && first) return first
    const store = openStore(options)
    opened.push(store)
    return store
  }
  return () => ({ name, options, open })
}
