/** Names that no rule yields: ids of earlier protocol eras and retired models (`kiro.md` §5.13). */
const OLD_IDS: ReadonlyMap<string, string> = new Map([
  ['claude_sonnet_4_20250514_v1_0', 'claude-sonnet-4'],
  ['claude_sonnet_4_5_20250929_v1_0', 'claude-sonnet-4.5'],
  ['claude_3_7_sonnet_20250219_v1_0', 'CLAUDE_3_7_SONNET_20250219_V1_0'],
  ['claude-3-7-sonnet', 'CLAUDE_3_7_SONNET_20250219_V1_0'],
  ['claude-3.7-sonnet', 'CLAUDE_3_7_SONNET_20250219_V1_0'],
])

const LEGAL = /^[A-Za-z0-9_:.-]{1,128}$/
/** Clients choose the name: what is stripped piece by piece must not be long. */
const MAX_LENGTH = 256
/** What clients and clouds append: dates, `latest`, variants, Bedrock's revision. */
const SUFFIX = /(?:-thinking|-latest|-\d{8}|@\d{8}|-v\d+(?::\d+)?|\[1m\])$/
/** Bedrock's region and vendor, and the vendor as relays write it. */
const PREFIX = /^(?:[a-z]{2,6}\.)?anthropic[./]/
const CLAUDE = /^claude-(sonnet|opus|haiku|fable)-(\d+)(?:[-.](\d{1,2}))?$/
const OLD_HAIKU = /^claude-3(?:[-.]5)?-haiku$/

/**
 * A client's word for a model as Kiro writes ids: no date, no variant, dots in the version. Undefined when it cannot be
 * an id at all. Whether Kiro serves such a model is another question.
 */
export function canonicalName(name: string): string | undefined {
  if (name.length > MAX_LENGTH) return undefined
  const bare = stripSuffixes(name.trim().toLowerCase().replace(PREFIX, ''))
  if (!LEGAL.test(bare)) return undefined
  const old = OLD_IDS.get(bare)
  if (old !== undefined) return old
  // Older Haikus are what clients name for small errands; Kiro has one Haiku for all of them.
  if (OLD_HAIKU.test(bare)) return 'claude-haiku-4.5'
  const claude = CLAUDE.exec(bare)
  if (claude === null) return bare
  const [, family, major, minor] = claude
  return minor === undefined || minor === '0' ? `claude-${family}-${major}` : `claude-${family}-${major}.${minor}`
}

/** Whether an id has the form of a Claude model's, so that the upstream can be asked although no list names it. */
export function looksLikeClaude(id: string): boolean {
  return CLAUDE.test(id)
}

function stripSuffixes(name: string): string {
  let bare = name
  while (SUFFIX.test(bare)) bare = bare.replace(SUFFIX, '')
  return bare
}
