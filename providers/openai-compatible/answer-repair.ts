import { isRecord, type Json } from './content.ts'

/**
 * Mends what strict clients of this wire break on, in an answer that is otherwise handed on as it is (`providers.md` §6.4,
 * §10.1): chunks without a list of choices, calls without a number, an id or text for arguments, and `stop` after calls.
 */
export class AnswerRepair {
  readonly #newId: () => string
  readonly #calls = new Map<unknown, CallNumbers>()

  constructor(newId: () => string) {
    this.#newId = newId
  }

  /** A chunk, or a whole answer, as such clients take it; the same object where nothing is wrong with it. */
  mend(answer: Json): Json {
    const { choices } = answer
    if (!Array.isArray(choices)) return { ...answer, choices: [] }
    return withChanged(
      answer,
      'choices',
      mapped(choices, choice => this.#choice(choice)),
    )
  }

  #choice(choice: Json): Json {
    const calls = this.#callsOf(choice['index'] ?? 0)
    const part = isRecord(choice['delta']) ? 'delta' : 'message'
    const said = choice[part]
    const pieces = isRecord(said) ? said['tool_calls'] : undefined
    const mended =
      isRecord(said) && Array.isArray(pieces)
        ? withChanged(
            choice,
            part,
            withChanged(
              said,
              'tool_calls',
              mapped(pieces, piece => calls.mend(piece, part === 'delta')),
            ),
          )
        : choice
    return calls.count > 0 && choice['finish_reason'] === 'stop' ? { ...mended, finish_reason: 'tool_calls' } : mended
  }

  #callsOf(choice: unknown): CallNumbers {
    const known = this.#calls.get(choice) ?? new CallNumbers(this.#newId)
    this.#calls.set(choice, known)
    return known
  }
}

interface NumberedCall {
  readonly id: string
  readonly number: number
}

/** Which piece belongs to which call of one answer, and the number of each. */
class CallNumbers {
  readonly #newId: () => string
  readonly #byIndex = new Map<number, NumberedCall>()
  #last: NumberedCall | undefined
  count = 0

  constructor(newId: () => string) {
    this.#newId = newId
  }

  mend(piece: Json, numbered: boolean): Json {
    const { index, function: called } = piece
    const id = typeof piece['id'] === 'string' ? piece['id'] : ''
    const { name, arguments: given } = isRecord(called) ? called : ({} as Json)
    const known = this.#known({ id, index, named: typeof name === 'string' && name !== '' })
    const call = known ?? this.#add(id, index)
    this.#last = call
    const whole =
      isRecord(called) && !isRecord(given) ? called : { ...(isRecord(called) ? called : {}), ...(isRecord(given) ? { arguments: JSON.stringify(given) } : {}) }
    const told = known === undefined ? withChanged(piece, 'id', call.id) : piece
    return withChanged(numbered ? withChanged(told, 'index', call.number) : told, 'function', whole)
  }

  #known({ id, index, named }: { readonly id: string; readonly index: unknown; readonly named: boolean }): NumberedCall | undefined {
    const last = this.#last
    const labelled = typeof index === 'number' ? this.#byIndex.get(index) : undefined
    if (labelled !== undefined) return id === '' || id === labelled.id ? labelled : undefined
    // Without a label a new id or a name begins a call; arguments alone go on with the last one.
    if (typeof index === 'number' && (id !== '' || named)) return undefined
    return last !== undefined && !named && (id === '' || id === last.id) ? last : undefined
  }

  #add(id: string, index: unknown): NumberedCall {
    const call = { id: id === '' ? `call_${this.#newId()}` : id, number: this.count++ }
    if (typeof index === 'number') this.#byIndex.set(index, call)
    return call
  }
}

function mapped(list: readonly unknown[], mend: (item: Json) => Json): readonly unknown[] {
  const mended = list.map(item => (isRecord(item) ? mend(item) : item))
  return mended.every((item, at) => item === list[at]) ? list : mended
}

function withChanged(object: Json, member: string, value: unknown): Json {
  return object[member] === value ? object : { ...object, [member]: value }
}
