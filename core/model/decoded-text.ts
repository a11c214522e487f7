const BIG_ENDIAN = 0xfeff
const LITTLE_ENDIAN = 0xfffe

/** Text of a file, in the encoding that its first two bytes name: what PowerShell writes with `>` is UTF-16, everything else is UTF-8. */
export function decodedText(bytes: Buffer): string {
  const mark = bytes.length >= 2 ? bytes.readUInt16BE(0) : 0
  if (mark === LITTLE_ENDIAN) return bytes.toString('utf16le', 2)
  // Half a character at the end would not swap.
  if (mark === BIG_ENDIAN)
    return Buffer.from(bytes.subarray(2, bytes.length - (bytes.length % 2)))
      .swap16()
      .toString('utf16le')
  return bytes.toString('utf8')
}
