import { EventEmitter } from 'eventemitter3'
import type { Clock, EventBus } from '../../core/index.ts'
import type { Host, HttpClient } from '../../core/index.ts'
import { silentLogger } from '../../core/telemetry/log.ts'
import { FakeClock } from '../../core/testing/clock.ts'

const nowhere = () => {
  throw new Error('this test has no way out')
}
const NO_WAY_OUT: HttpClient = { send: nowhere, stream: nowhere }

/** What a plugin's `setup` gets, with nothing behind it. */
export function pluginHost(changes: Partial<Host> = {}): Host {
  return {
    log: silentLogger,
    clock: new FakeClock(),
    events: new EventEmitter() as unknown as EventBus,
    guardedHttp: NO_WAY_OUT,
    dataDir: '/nowhere',
    ...changes,
  }
}

/** A clock that a plugin may be given before the engine has made its own. */
export class LateClock implements Clock {
  #clock: Clock = new FakeClock()

  use(clock: Clock): void {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  monotonic(): number {
    return this.#clock.monotonic()
  }

  timer(ms: number, callback: () => void) {
    return this.#clock.timer(ms, callback)
  }
}
