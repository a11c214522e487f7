import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'chai'
import { onSharedStores } from '../../../support/store-backends.ts'
import type { ChildAnswer, ChildTask } from '../../../support/rotation-child.ts'
import { startTokenServer, type TokenServer } from '../../../support/token-server.ts'

const CHILD = new URL('../../../support/rotation-child.ts', import.meta.url)
const NAMES = ['a', 'b', 'c']

/** More for a night: `KILLS=500`. */
const KILLS = Number(process.env['KILLS'] ?? 10)

/** What the store may take where no grace helps: 25 ms are promised, on a machine that does nothing else meanwhile. */
const COMMIT_MS = process.env['KILLS'] === undefined ? 100 : 25

onSharedStores('rotation in real processes', (backend, name) => {
  // What differs there is the commit, not what leads to it.
  const kills = name === 'PostgreSQL' ? Math.ceil(KILLS / 4) : KILLS
  const patienceMs = 60_000 + KILLS * 3_000
  let server: TokenServer
  const children: ChildProcess[] = []

  const start = async () => {
    const child = fork(CHILD, [JSON.stringify(backend().options), server.url], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    children.push(child)
    await once(child, 'message')
    return child
  }
  const ask = async (child: ChildProcess, task: ChildTask): Promise<ChildAnswer> => {
    const answered = once(child, 'message')
    child.send(task)
    const [answer] = (await answered) as [ChildAnswer]
    expect(answer.error).to.equal(undefined)
    return answer
  }
  const close = async (child: ChildProcess) => {
    const exit = once(child, 'exit')
    await ask(child, { do: 'close' })
    expect(await exit).to.deep.equal([0, null])
  }

  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
    }
    await server.close()
  })

  it(`loses no account over ${kills} kills at any instant, where a token stays good until its successor is used`, async function () {
    this.timeout(patienceMs)
    server = await startTokenServer({ grace: true })
    const first = await start()
    await ask(first, { do: 'add', names: NAMES, expired: false })
    await close(first)
    for (let kill = 0; kill < kills; kill++) {
      const child = await start()
      const exited = once(child, 'exit')
      const end = () => void child.kill('SIGKILL')
      const rotation = 1 + Math.floor(Math.random() * 12)
      let seen = 0
      const atRotation = () => {
        if (++seen !== rotation) return
        // At once, a little later, or after the time that a commit takes.
        const wait = Math.random() * 6 - 2
        if (wait <= 0) end()
        else setTimeout(end, wait)
      }
      if (kill % 2 === 0) server.onRenewal = atRotation
      else server.onAnswered = atRotation
      const given = once(child, 'message').then(([answer]) => expect.fail(`an account was lost after ${kill} kills: ${(answer as ChildAnswer).error}`))
      child.send({ do: 'churn' } satisfies ChildTask)
      const [, signal] = await Promise.race([exited, given])
      expect(signal).to.equal('SIGKILL')
      server.onRenewal = () => undefined
      server.onAnswered = () => undefined
    }
    const last = await start()
    expect(await ask(last, { do: 'verify' })).to.deep.equal({ lost: [] })
    await close(last)
    expect(server.renewals).to.be.greaterThan(kills)
  })

  it(`loses none where the token before is dead at once, if the kill comes ${COMMIT_MS} ms after the answer`, async function () {
    this.timeout(patienceMs)
    server = await startTokenServer({ grace: false })
    const first = await start()
    await ask(first, { do: 'add', names: ['a'], expired: false })
    await close(first)
    for (let kill = 0; kill < Math.ceil(kills / 4); kill++) {
      const child = await start()
      const exited = once(child, 'exit')
      server.onAnswered = () => setTimeout(() => child.kill('SIGKILL'), COMMIT_MS)
      await Promise.race([exited, ask(child, { do: 'lease', count: 1, renew: true })])
      await exited
      server.onAnswered = () => undefined
    }
    const last = await start()
    expect(await ask(last, { do: 'verify' })).to.deep.equal({ lost: [] })
    expect(server.refused).to.equal(0)
    await close(last)
  })

  it('lets a process that stood still until its lease had ended write nothing over what another did meanwhile', async function () {
    this.timeout(patienceMs)
    server = await startTokenServer({ grace: true })
    const still = await start()
    await ask(still, { do: 'add', names: ['a'], expired: false })
    const other = await start()
    const stopped = new Promise<void>(resolve => {
      server.onRenewal = () => {
        still.kill('SIGSTOP')
        resolve()
      }
    })
    const late = ask(still, { do: 'lease', count: 1, renew: true })
    await stopped
    server.onRenewal = () => undefined
    // In place of the minute that a lease lasts.
    const store = await backend().open()
    await store.write(transaction => transaction.updateTable('leases').set({ until: 0 }).execute())
    expect(await ask(other, { do: 'lease', count: 1, renew: true })).to.deep.equal({ generations: [1] })
    const { secret } = await store.database.selectFrom('account_tokens').select('secret').executeTakeFirstOrThrow()
    still.kill('SIGCONT')
    expect(await late).to.deep.equal({ generations: [1] })
    expect(await store.database.selectFrom('account_tokens').select('secret').execute()).to.deep.equal([{ secret }])
    expect(await ask(still, { do: 'verify' })).to.deep.equal({ lost: [] })
    expect(server.refused).to.equal(0)
    await close(still)
    await close(other)
  })

  it('asks once for a hundred leases of an expired token in each of two processes', async function () {
    this.timeout(patienceMs)
    server = await startTokenServer({ grace: false })
    const one = await start()
    await ask(one, { do: 'add', names: ['a'], expired: true })
    const other = await start()
    const answers = await Promise.all([one, other].map(child => ask(child, { do: 'lease', count: 100, renew: false })))
    expect(server.renewals).to.equal(1)
    for (const { generations } of answers) expect(new Set(generations)).to.deep.equal(new Set([1]))

    for (let round = 2; round <= 8; round++) {
      // Both hold the same generation, and both find it refused.
      const renewed = await Promise.all([one, other].map(child => ask(child, { do: 'lease', count: 100, renew: true })))
      const generations = new Set(renewed.flatMap(answer => answer.generations ?? []))
      expect(server.refused).to.equal(0)
      expect(Math.max(...generations)).to.be.at.least(round)
      // The slower one may start when the faster is done already: then it begins with the newer token.
      expect(server.renewals).to.equal(Math.max(...generations))
    }
    await close(one)
    await close(other)
  })
})
