import { createInterface, type Interface } from 'node:readline'
import { Writable } from 'node:stream'
import { GatewayError } from '../errors/gateway-error.ts'

/** A person, or a program in their place, at the other end of the standard streams. */
export interface Terminal {
  /** Whether questions can be asked. */
  readonly interactive: boolean
  /** The next line; undefined when there are no more. */
  line(prompt?: string): Promise<string | undefined>
  /** The same without showing what is typed. */
  secret(prompt: string): Promise<string | undefined>
  /** Called once when the person wants to stop. */
  onInterrupt(stop: () => void): void
  /** Lets the process end although input could still come. */
  close(): void
}

/** The process's own streams. Questions go to stderr: stdout is for results. */
export function processTerminal(): Terminal {
  const interactive = process.stdin.isTTY && process.stderr.isTTY
  const lines: string[] = []
  const waiting: ((line: string | undefined) => void)[] = []
  let input: Interface | undefined
  let ended = false
  let hidden = false
  let stop: () => void = () => undefined

  const echo = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!hidden) process.stderr.write(chunk)
      done()
    },
  })
  const open = () => {
    if (input !== undefined || ended) return
    // Raw mode on a terminal: an address of any length can be pasted, and what is typed is shown by us or not at all.
    input = interactive ? createInterface({ input: process.stdin, output: echo, terminal: true, historySize: 0 }) : createInterface({ input: process.stdin })
    input.on('line', line => {
      const first = waiting.shift()
      if (first === undefined) lines.push(line)
      else first(line)
    })
    input.on('SIGINT', () => stop())
    input.on('close', () => {
      ended = true
      for (const end of waiting.splice(0)) end(undefined)
    })
  }
  const line = (prompt = '') => {
    if (interactive && prompt !== '') process.stderr.write(prompt)
    open()
    const first = lines.shift()
    if (first !== undefined || ended) return Promise.resolve(first)
    return new Promise<string | undefined>(resolve => waiting.push(resolve))
  }
  const interrupt = () => stop()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt)

  return {
    interactive,
    line,
    async secret(prompt) {
      process.stderr.write(interactive ? prompt : '')
      hidden = true
      try {
        return await line()
      } finally {
        hidden = false
        if (interactive) process.stderr.write('\n')
      }
    },
    onInterrupt: callback => {
      stop = callback
    },
    close() {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, interrupt)
      input?.close()
      process.stdin.pause()
    },
  }
}

/** Asks until the answer is one of the choices, by its number or its name. */
export async function choose(terminal: Terminal, choices: readonly string[]): Promise<string> {
  for (;;) {
    const answer = (await terminal.line(`Which one? [1-${choices.length}] `))?.trim()
    if (answer === undefined) throw new GatewayError('cancelled', 'no choice was made; nothing was kept')
    const chosen = choices.find((choice, index) => answer === choice || answer === String(index + 1))
    if (chosen !== undefined) return chosen
  }
}
