import type { RenewedCredential } from '../../../core/index.ts'
import type { KiroCredential } from '../credential.ts'
import { type Fields, isFields } from '../untrusted.ts'
import { camelCase } from './entry.ts'

type Change = RenewedCredential<KiroCredential>

const EXPIRY: ReadonlySet<string> = new Set(['expiresAt', 'expire', 'expires', 'expiry'])
const MAX_DEPTH = 6

/**
 * A JSON source with a renewed credential where it holds the one before: all other members stay, and those that change
 * keep their names and their way of writing. Undefined when it is not JSON, or does not hold that credential.
 */
export function renewedText(text: string, change: Change): string | undefined {
  if (change.from.refreshToken === undefined || change.to.refreshToken === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const renewed = renewedValue(value, change, 0)
  if (renewed === value) return undefined
  const indent = /[{[]\r?\n([ \t]+)\S/.exec(text)?.[1]
  return `${JSON.stringify(renewed, null, indent)}${/\r?\n$/.exec(text)?.[0] ?? ''}`
}

/** The value itself when there is nothing to change in it. */
function renewedValue(value: unknown, change: Change, depth: number): unknown {
  if (depth > MAX_DEPTH) return value
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value
    const renewed = items.map(item => renewedValue(item, change, depth + 1))
    return renewed.some((item, index) => item !== items[index]) ? renewed : value
  }
  if (!isFields(value)) return value
  if (nameOf(value, member => member === 'refreshToken', change.from.refreshToken) !== undefined) return renewedEntry(value, change.to)
  const members = Object.entries(value).map(([name, member]) => [name, renewedValue(member, change, depth + 1)] as const)
  return members.some(([name, member]) => member !== value[name]) ? Object.fromEntries(members) : value
}

function renewedEntry(entry: Fields, { refreshToken, accessToken, expiresAt }: KiroCredential): Fields {
  const access = nameOf(entry, member => member === 'accessToken')
  const expiry = nameOf(entry, member => EXPIRY.has(member))
  // What is not there cannot be out of date.
  return {
    ...entry,
    [nameOf(entry, member => member === 'refreshToken') ?? 'refreshToken']: refreshToken,
    ...(access === undefined || accessToken === undefined ? {} : { [access]: accessToken }),
    ...(expiry === undefined || expiresAt === undefined ? {} : { [expiry]: sameForm(entry[expiry], expiresAt) }),
  }
}

/** The source's own name for a member; with a value, only if it has exactly that. */
function nameOf(entry: Fields, isIt: (member: string) => boolean, value?: string): string | undefined {
  return Object.keys(entry).find(name => isIt(camelCase(name)) && (value === undefined || entry[name] === value))
}

/** A time as the source writes them: text, milliseconds, or seconds below ten thousand million. */
function sameForm(before: unknown, at: number): string | number {
  const number = typeof before === 'string' && /^\d+(\.\d+)?$/.test(before.trim()) ? Number(before) : before
  if (typeof number !== 'number') return new Date(at).toISOString()
  const after = number < 1e10 ? Math.floor(at / 1000) : at
  return typeof before === 'string' ? String(after) : after
}
