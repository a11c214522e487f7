/** What clients and clouds append: variants and the context-window selector of a command line client. */
const VARIANT = /(?:-latest|-thinking|\[1m\])$/i
const DATE = /(?:-|@)\d{8}$/
/** The vendor as relays write it. */
const VENDOR = /^anthropic\//i
/** Clients choose the name: what is stripped piece by piece must not be long. */
const MAX_LENGTH = 256
const NEW_FORM = /^claude-([a-z]+)-(\d{1,2})(?:-(\d{1,2}))?$/
/** Of the third generation, whose version stands before the family. */
const OLD_FORM = /^claude-(\d)(?:-(\d))?-([a-z]+)$/

/** A model's name without variants, with dashes in the version; its date stays. */
export function plainName(name: string): string {
  let bare = name.length > MAX_LENGTH ? name.slice(0, MAX_LENGTH) : name.trim()
  bare = bare.replace(VENDOR, '')
  while (VARIANT.test(bare)) bare = bare.replace(VARIANT, '')
  return /^claude-/i.test(bare) ? bare.toLowerCase().replaceAll('.', '-').replace('@', '-') : bare
}

/** The same without the date: what two names of one model have in common. */
export function undatedName(name: string): string {
  return plainName(name).replace(DATE, '')
}

export interface ClaudeVersion {
  readonly family: string
  /** 4.6 is 406, 5 is 500. */
  readonly version: number
}

/** Family and version of a Claude model; undefined for all others. */
export function claudeVersion(name: string): ClaudeVersion | undefined {
  const bare = undatedName(name)
  const [, family, major, minor] = NEW_FORM.exec(bare) ?? []
  if (family !== undefined) return { family, version: Number(major) * 100 + Number(minor ?? 0) }
  const [, oldMajor, oldMinor, oldFamily] = OLD_FORM.exec(bare) ?? []
  return oldFamily === undefined ? undefined : { family: oldFamily, version: Number(oldMajor) * 100 + Number(oldMinor ?? 0) }
}
