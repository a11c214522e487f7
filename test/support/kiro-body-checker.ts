/** One broken rule of the upstream, with the place in the body. */
export type Complaint = string

type Json = Readonly<Record<string, unknown>>

const TOKEN = /^[A-Za-z0-9_-]{1,64}$/
const KEYWORDS = new Set(
  (
    '$schema pattern format minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum minItems maxItems minContains maxContains ' +
    'minProperties maxProperties multipleOf uniqueItems patternProperties propertyNames if then else dependencies dependentRequired ' +
    'dependentSchemas contains unevaluatedItems unevaluatedProperties contentEncoding contentMediaType additionalProperties'
  ).split(' '),
)
const ROOT_MEMBERS = new Set(['conversationState', 'profileArn', 'additionalModelRequestFields'])
const SIGNATURES: Readonly<Record<string, RegExp>> = {
  png: /^iVBORw0KGgo/,
  jpeg: /^\/9j\//,
  gif: /^R0lGODlh|^R0lGODdh/,
  webp: /^UklGR.{6}(?:XRUJQ|V0VCUA)/,
}

/**
 * Everything that the upstream refuses in a request body (`kiro.md` §5 and §10.2), the stricter reading where they differ.
 * Written from the protocol alone and without the provider's code, so that the two cannot share a mistake.
 */
export function checkKiroBody(text: string): readonly Complaint[] {
  const complaints: Complaint[] = []
  const body: unknown = JSON.parse(text)
  if (!isObject(body)) return ['the body is no object']
  for (const member of Object.keys(body)) if (!ROOT_MEMBERS.has(member)) complaints.push(`unknown root member ${member}`)
  allTexts(body, '$', complaints)
  const state = objectAt(body, 'conversationState')
  if (state['chatTriggerType'] !== 'MANUAL') complaints.push('chatTriggerType is not MANUAL')
  const conversationId = state['conversationId']
  if (typeof conversationId !== 'string' || conversationId.length < 1 || conversationId.length > 128) complaints.push('conversationId')
  if ('history' in state && (!Array.isArray(state['history']) || state['history'].length === 0)) complaints.push('history is empty or no list')
  const entries = [...listAt(state, 'history'), state['currentMessage']].map(entry => (isObject(entry) ? entry : {}))
  const tools = listAt(contextOf(entries.at(-1) ?? {}), 'tools')
  const declared = checkTools(tools, complaints)
  checkTurns(entries, declared, complaints)
  return complaints
}

function checkTurns(entries: readonly Json[], declared: ReadonlySet<string>, complaints: Complaint[]): void {
  const ids = new Set<unknown>()
  let pending: readonly unknown[] = []
  for (const [position, entry] of entries.entries()) {
    const at = position === entries.length - 1 ? 'currentMessage' : `history[${position}]`
    const expected = position % 2 === 0 ? 'userInputMessage' : 'assistantResponseMessage'
    if (Object.keys(entry).join() !== expected) complaints.push(`${at}: ${Object.keys(entry).join()} where ${expected} must be`)
    if (expected === 'userInputMessage') {
      checkUser(objectAt(entry, expected), { at, pending, current: position === entries.length - 1 }, complaints)
      pending = []
    } else pending = checkAssistant(objectAt(entry, expected), { at, ids, declared }, complaints)
  }
  if (entries.length % 2 === 0) complaints.push('the conversation does not end with the user')
}

interface UserPlace {
  readonly at: string
  readonly pending: readonly unknown[]
  readonly current: boolean
}

function checkUser(message: Json, { at, pending, current }: UserPlace, complaints: Complaint[]): void {
  const { content } = message
  const context = objectAt(message, 'userInputMessageContext')
  const results = listAt(context, 'toolResults').filter(isObject)
  const images = listAt(message, 'images').filter(isObject)
  if (typeof content !== 'string') complaints.push(`${at}: content is no string`)
  else if (content.trim() === '' && (content !== '' || results.length + images.length === 0)) complaints.push(`${at}: says nothing`)
  else if (results.length > 0 && content.includes('<thinking_mode>')) complaints.push(`${at}: thinking tags beside results`)
  if (typeof message['modelId'] !== 'string' || !/^[a-zA-Z0-9_:.-]{1,1024}$/.test(message['modelId'])) complaints.push(`${at}: modelId`)
  if (message['origin'] !== 'AI_EDITOR' && message['origin'] !== 'KIRO_CLI') complaints.push(`${at}: origin`)
  if (!current && 'tools' in context) complaints.push(`${at}: tools in the history`)
  for (const member of ['images', 'userInputMessageContext'])
    if (member in message && Object.keys(objectAt(message, member)).length === 0) complaints.push(`${at}: empty ${member}`)
  if (images.length > 10) complaints.push(`${at}: ${images.length} images`)
  for (const image of images) checkImage(image, at, complaints)
  const answered = results.map(result => result['toolUseId'])
  if (new Set(answered).size !== answered.length) complaints.push(`${at}: two results of one call`)
  for (const id of pending) if (!answered.includes(id)) complaints.push(`${at}: no result of ${String(id)}`)
  for (const id of answered) if (!pending.includes(id)) complaints.push(`${at}: result of ${String(id)}, which the turn before does not call`)
  for (const { status, content: parts } of results) {
    if (status !== 'success' && status !== 'error') complaints.push(`${at}: status ${String(status)}`)
    const fine =
      Array.isArray(parts) && parts.length > 0 && parts.every(part => isObject(part) && typeof part['text'] === 'string' && part['text'].trim() !== '')
    if (!fine) complaints.push(`${at}: content of a result`)
  }
}

function checkImage(image: Json, at: string, complaints: Complaint[]): void {
  const { format } = image
  const { bytes } = objectAt(image, 'source')
  const signature = typeof format === 'string' ? SIGNATURES[format] : undefined
  if (signature === undefined) complaints.push(`${at}: image format ${String(format)}`)
  if (typeof bytes !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(bytes)) complaints.push(`${at}: image bytes`)
  else if (bytes.length > 5_242_880) complaints.push(`${at}: image of ${bytes.length} characters`)
  else if (signature !== undefined && format !== 'webp' && !signature.test(bytes)) complaints.push(`${at}: image is no ${String(format)}`)
}

interface AssistantPlace {
  readonly at: string
  readonly ids: Set<unknown>
  readonly declared: ReadonlySet<string>
}

function checkAssistant(message: Json, { at, ids, declared }: AssistantPlace, complaints: Complaint[]): readonly unknown[] {
  const uses = listAt(message, 'toolUses').filter(isObject)
  const { content } = message
  if (typeof content !== 'string' || (content.trim() === '' && (content !== '' || uses.length === 0))) complaints.push(`${at}: says nothing`)
  if ('toolUses' in message && uses.length === 0) complaints.push(`${at}: toolUses is empty`)
  for (const { toolUseId, name, input } of uses) {
    if (typeof toolUseId !== 'string' || !TOKEN.test(toolUseId)) complaints.push(`${at}: toolUseId ${String(toolUseId)}`)
    if (ids.has(toolUseId)) complaints.push(`${at}: toolUseId ${String(toolUseId)} again`)
    ids.add(toolUseId)
    if (typeof name !== 'string' || !declared.has(name)) complaints.push(`${at}: ${String(name)} is not declared`)
    if (!isObject(input)) complaints.push(`${at}: input is no object`)
    emptyNames(input, `${at}.input`, complaints)
  }
  checkReasoning(message['reasoningContent'], at, complaints)
  return uses.map(use => use['toolUseId'])
}

function checkReasoning(reasoning: unknown, at: string, complaints: Complaint[]): void {
  if (reasoning === undefined) return
  const { reasoningText, redactedContent, ...rest } = isObject(reasoning) ? reasoning : { flat: true }
  if (Object.keys(rest).length > 0 || (reasoningText === undefined) === (redactedContent === undefined)) complaints.push(`${at}: reasoningContent`)
  if (redactedContent !== undefined && typeof redactedContent !== 'string') complaints.push(`${at}: redactedContent`)
  if (reasoningText === undefined) return
  const { text, signature } = isObject(reasoningText) ? reasoningText : {}
  if (typeof text !== 'string' || text === '' || typeof signature !== 'string' || signature === '') complaints.push(`${at}: reasoningText is incomplete`)
}

function checkTools(tools: readonly unknown[], complaints: Complaint[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const [position, tool] of tools.entries()) {
    const at = `tools[${position}]`
    const { name, description, inputSchema } = isObject(tool) ? objectAt(tool, 'toolSpecification') : {}
    if (typeof name !== 'string' || !TOKEN.test(name)) complaints.push(`${at}: name ${String(name)}`)
    else if (names.has(name)) complaints.push(`${at}: name ${name} again`)
    else names.add(name)
    if (typeof description !== 'string' || description.trim() === '' || description.length > 10_240) complaints.push(`${at}: description`)
    const schema = isObject(inputSchema) ? inputSchema['json'] : undefined
    if (!isObject(schema)) complaints.push(`${at}: no schema`)
    else {
      if (schema['type'] !== 'object' || !isObject(schema['properties'])) complaints.push(`${at}: the root is not an object with properties`)
      for (const word of ['oneOf', 'anyOf', 'allOf']) if (Object.hasOwn(schema, word)) complaints.push(`${at}: ${word} at the root`)
      checkSchema(schema, at, complaints)
    }
  }
  return names
}

function checkSchema(schema: unknown, at: string, complaints: Complaint[]): void {
  if (!isObject(schema)) {
    complaints.push(`${at}: a schema that is no object`)
    return
  }
  for (const [word, value] of Object.entries(schema)) {
    if (KEYWORDS.has(word)) complaints.push(`${at}: keyword ${word}`)
    if (value === null) complaints.push(`${at}: null in ${word}`)
    if (word === 'properties' || word === '$defs' || word === 'definitions') {
      for (const [name, child] of Object.entries(isObject(value) ? value : {})) checkSchema(child, `${at}.${word}.${name}`, complaints)
    } else if (['anyOf', 'oneOf', 'allOf', 'prefixItems'].includes(word) || (word === 'items' && Array.isArray(value))) {
      for (const child of Array.isArray(value) ? value : [value]) checkSchema(child, `${at}.${word}`, complaints)
    } else if (word === 'items' || word === 'not') checkSchema(value, `${at}.${word}`, complaints)
  }
  const { required, properties } = schema
  if (required === undefined) return
  const known = isObject(properties) ? properties : {}
  if (!Array.isArray(required) || required.length === 0) complaints.push(`${at}: required is empty or no list`)
  else if (!required.every(name => typeof name === 'string' && Object.hasOwn(known, name))) complaints.push(`${at}: required names what is no property`)
}

function allTexts(value: unknown, at: string, complaints: Complaint[]): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) complaints.push(`${at}: a lone surrogate`)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, child] of Object.entries(value)) {
      if (!name.isWellFormed()) complaints.push(`${at}: a lone surrogate in a name`)
      allTexts(child, `${at}.${name}`, complaints)
    }
  }
}

function emptyNames(value: unknown, at: string, complaints: Complaint[]): void {
  if (typeof value !== 'object' || value === null) return
  for (const [name, child] of Object.entries(value)) {
    if (name === '') complaints.push(`${at}: an empty member name`)
    emptyNames(child, at, complaints)
  }
}

function contextOf(entry: Json): Json {
  return objectAt(objectAt(entry, 'userInputMessage'), 'userInputMessageContext')
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function objectAt(value: Json, member: string): Json {
  const found = value[member]
  return isObject(found) ? found : Array.isArray(found) ? { ...found } : {}
}

function listAt(value: Json, member: string): readonly unknown[] {
  const found = value[member]
  return Array.isArray(found) ? found : []
}
