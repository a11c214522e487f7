import type { SignInInput, SignInMethod } from '../contract/sign-in.ts'
import { choose, type Terminal } from './terminal.ts'
import { WrongUse } from './wrong-use.ts'

/** What the command line said. */
export interface LoginChoices {
  readonly method?: string
  readonly startUrl?: string
  readonly region?: string
}

export interface Asking {
  readonly choices: LoginChoices
  readonly terminal: Terminal
  readonly tell: (text: string) => void
}

/**
 * The method that was named, or is chosen now.
 * @throws WrongUse when it was not named and nobody can be asked, or there is none of that name
 */
export async function readMethod(methods: readonly SignInMethod[], { choices, terminal, tell }: Asking): Promise<SignInMethod> {
  const names = methods.map(({ name }) => name)
  let name = choices.method
  if (name === undefined) {
    if (!terminal.interactive) throw new WrongUse(`name a way to sign in: --method ${names.join('|')}`)
    tell(['How do you sign in?', ...methods.map(({ title, name: word }, index) => `  ${index + 1}. ${title} (${word})`)].join('\n'))
    name = await choose(terminal, names)
  }
  const found = methods.find(method => method.name === name)
  if (found === undefined) throw new WrongUse(`there is no --method ${name}; there are ${names.join(', ')}`)
  return found
}

/**
 * All that the method needs, asked for where the command line has left it out.
 * @throws WrongUse when something is missing all the same
 */
export async function readInputs(method: SignInMethod, { choices, terminal, tell }: Asking): Promise<Readonly<Record<string, string>>> {
  const given: Readonly<Record<string, string | undefined>> = { 'start-url': choices.startUrl, region: choices.region }
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !method.inputs.some(input => input.name === name)) tell(`--${name} is left out: ${method.title} has no use for it`)
  }
  const inputs: Record<string, string> = {}
  for (const input of method.inputs) {
    const value = given[input.name] ?? (input.optional ? undefined : await ask(input, terminal))?.trim()
    if (value) inputs[input.name] = value
    else if (!input.optional) throw new WrongUse(input.secret ? `no ${input.title} came on standard input` : `${method.title} needs --${input.name}`)
  }
  return inputs
}

/** A secret may come from a program; anything else that one leaves out, it has forgotten. */
async function ask({ title, secret }: SignInInput, terminal: Terminal): Promise<string | undefined> {
  if (secret) return terminal.secret(`${title}: `)
  return terminal.interactive ? terminal.line(`${title}: `) : undefined
}
