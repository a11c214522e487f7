const MAGIC: readonly (readonly [format: string, start: Buffer, at: number])[] = [
  ['png', Buffer.from('89504e470d0a1a0a', 'hex'), 0],
  ['jpeg', Buffer.from('ffd8ff', 'hex'), 0],
  ['gif', Buffer.from('GIF8'), 0],
  ['webp', Buffer.from('WEBP'), 8],
]

/** What a picture's first bytes say it is; undefined when they say nothing known. */
export function imageFormat(base64: string): string | undefined {
  const start = head(base64)
  return MAGIC.find(([, magic, at]) => start.subarray(at, at + magic.length).equals(magic))?.[0]
}

/** Width and height of a PNG; undefined for anything else. */
export function pngSize(base64: string): { readonly width: number; readonly height: number } | undefined {
  const start = head(base64)
  if (imageFormat(base64) !== 'png' || start.length < 24) return undefined
  return { width: start.readUInt32BE(16), height: start.readUInt32BE(20) }
}

function head(base64: string): Buffer {
  return Buffer.from(base64.slice(0, 64), 'base64')
}
