import { randomBytes } from 'node:crypto'

/** `count` random letters and digits. */
export function base62(count: number): string {
  let text = ''
  while (text.length < count)
    text += randomBytes(count * 2)
      .toString('base64')
      .replaceAll(/[^A-Za-z0-9]/g, '')
  return text.slice(0, count)
}

/** A tool call's id in the shape that the service gives out. */
export function newToolUseId(): string {
  return `tooluse_${base62(22)}`
}
