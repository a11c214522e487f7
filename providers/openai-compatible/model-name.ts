/** Puts the name that the client asked for in the place of the upstream's, in JSON text that is otherwise left as it is. */
export class ModelName {
  readonly #wanted: string
  readonly #quoted: string
  /** The beginning of the last text, up to the name, and what it became: chunks of one answer mostly begin alike. */
  #from = ''
  #to = ''

  constructor(wanted: string) {
    this.#wanted = wanted
    this.#quoted = JSON.stringify(wanted)
  }

  /** @param told the `model` that the parsed text has */
  rename(json: string, told: unknown): string {
    if (typeof told !== 'string' || told === this.#wanted) return json
    if (this.#from === '' || !json.startsWith(this.#from)) {
      const found = rootMember(json, 'model')
      if (found === undefined) return json
      this.#from = json.slice(0, found.to)
      this.#to = json.slice(0, found.from) + this.#quoted
    }
    return this.#to + json.slice(this.#from.length)
  }
}

interface Range {
  readonly from: number
  readonly to: number
}

/** Where the text value of a member of the root object stands, its quotes included; undefined when there is none. */
function rootMember(json: string, name: string): Range | undefined {
  let depth = 0
  let found: Range | undefined
  for (let at = 0; at < json.length; at++) {
    const character = json[at]
    if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth--
    else if (character === '"') {
      const end = stringEnd(json, at)
      const value = depth === 1 ? valueAfter(json, end) : undefined
      // Of a name that stands there twice, the last one counts.
      if (value !== undefined && json.slice(at + 1, end - 1) === name && json[value] === '"') found = { from: value, to: stringEnd(json, value) }
      // In chunks the name comes before the answer, which need not be searched.
      if (found !== undefined) return found
      at = (value !== undefined && json[value] === '"' ? stringEnd(json, value) : end) - 1
    }
  }
  return found
}

/** Behind the closing quote of the string that begins here. */
function stringEnd(json: string, from: number): number {
  for (let at = from + 1; at < json.length; at++) {
    if (json[at] === '\\') at++
    else if (json[at] === '"') return at + 1
  }
  return json.length
}

/** Where the value begins whose name ends here; undefined when no colon follows: it was a value itself. */
function valueAfter(json: string, nameEnd: number): number | undefined {
  let at = nameEnd
  while (isSpace(json[at])) at++
  if (json[at] !== ':') return undefined
  at++
  while (isSpace(json[at])) at++
  return at
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\n' || character === '\r' || character === '\t'
}
