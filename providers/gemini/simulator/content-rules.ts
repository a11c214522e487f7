import { arrayOf, isObject, type JsonObject, objectOf } from './json.ts'
import type { Signer } from './signing.ts'

const CONTENTS = ['text', 'inlineData', 'fileData', 'functionCall', 'functionResponse', 'executableCode', 'codeExecutionResult', 'toolCall', 'toolResponse']
const MEDIA = /^(?:image\/(?:png|jpeg|webp|heic|heif)|application\/pdf|text\/[\w.+-]+|audio\/[\w.+-]+|video\/[\w.+-]+)$/
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const NAME = /^[A-Za-z_][A-Za-z0-9_.:-]{0,63}$/

const PAIRING = 'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.'
const ORDER = 'Please ensure that function call turn comes immediately after a user turn or after a function response turn.'

/** What the service refuses in a conversation, or undefined (`providers.md` §0.6, turn invariants). */
export function contentsFault(contents: readonly unknown[], { model, signer }: { readonly model: string; readonly signer: Signer }): string | undefined {
  if (contents.length === 0) return '* GenerateContentRequest.contents: contents is not specified'
  const turns = contents.map(objectOf)
  for (const [index, turn] of turns.entries()) {
    const fault =
      turnFault(turn, `contents[${index}]`, signer) ??
      (index > 0 && turns[index - 1]?.['role'] === turn['role'] ? `contents[${index}]: consecutive turns of one role` : undefined)
    if (fault !== undefined) return fault
  }
  if (turns[0]?.['role'] !== 'user' || turns.at(-1)?.['role'] !== 'user') return ORDER
  return pairingFault(turns) ?? (/^gemini-[3-9]/.test(model) ? missingSignature(turns) : undefined)
}

function turnFault({ role, parts }: JsonObject, at: string, signer: Signer): string | undefined {
  if (role !== 'user' && role !== 'model') return 'Please use a valid role: user, model.'
  if (arrayOf(parts).length === 0) return `* GenerateContentRequest.${at}.parts: contents.parts must not be empty.`
  for (const [index, value] of arrayOf(parts).entries()) {
    const fault = partFault(objectOf(value), { role, at: `${at}.parts[${index}]`, signer })
    if (fault !== undefined) return fault
  }
  return undefined
}

interface Standing {
  readonly role: string
  readonly at: string
  readonly signer: Signer
}

function partFault(part: JsonObject, { role, at, signer }: Standing): string | undefined {
  const kinds = CONTENTS.filter(kind => part[kind] !== undefined)
  if (kinds.length !== 1) return `* GenerateContentRequest.${at}.data: required oneof field 'data' must have one initialized field`
  if (part['text'] === '' && part['thoughtSignature'] === undefined) return `* GenerateContentRequest.${at}.text: empty text`
  if (part['thoughtSignature'] !== undefined && part['text'] !== '' && !signer.accepts(part)) return `Thought signature is not valid (${at}).`
  if (part['functionCall'] !== undefined) return role === 'model' ? callFault(objectOf(part['functionCall']), at) : `${at}: function call in a user turn`
  if (part['functionResponse'] !== undefined)
    return role === 'user' ? responseFault(objectOf(part['functionResponse']), at) : `${at}: function response in a model turn`
  if (part['inlineData'] !== undefined) return blobFault(objectOf(part['inlineData']), at)
  const { fileUri } = objectOf(part['fileData'])
  return part['fileData'] !== undefined && (typeof fileUri !== 'string' || fileUri === '') ? `${at}.file_data: Unsupported file URI` : undefined
}

function callFault({ name, args }: JsonObject, at: string): string | undefined {
  if (typeof name !== 'string' || !NAME.test(name)) return `${at}.function_call.name: Invalid function name.`
  return args === undefined || isObject(args) ? undefined : `Invalid value at '${at}.function_call.args' (Struct)`
}

function responseFault({ name, response }: JsonObject, at: string): string | undefined {
  if (typeof name !== 'string' || name === '') return `${at}.function_response.name: Name cannot be empty.`
  return isObject(response) ? undefined : `Invalid value at '${at}.function_response.response' (Struct)`
}

function blobFault({ mimeType, data }: JsonObject, at: string): string | undefined {
  if (typeof mimeType !== 'string' || !MEDIA.test(mimeType)) return `Unsupported MIME type: ${String(mimeType)}`
  return typeof data === 'string' && BASE64.test(data) && data.length % 4 !== 1
    ? undefined
    : `Invalid value at '${at}.inline_data.data' (TYPE_BYTES), Base64 decoding failed`
}

/** Each turn of calls is answered by the very next turn: as many results, in the same order. */
function pairingFault(turns: readonly JsonObject[]): string | undefined {
  for (const [index, turn] of turns.entries()) {
    const calls = partsOf(turn, 'functionCall')
    const results = partsOf(turns[index + 1], 'functionResponse')
    if (turn['role'] === 'model' && calls.length !== results.length) return PAIRING
    if (index === 0 && partsOf(turn, 'functionResponse').length > 0) return ORDER
    const strange = calls.some(
      (call, at) =>
        call['name'] !== results[at]?.['name'] || (call['id'] !== undefined && results[at]?.['id'] !== undefined && call['id'] !== results[at]?.['id']),
    )
    if (strange) return PAIRING
  }
  return undefined
}

/** In every step since the user last spoke the first call must carry what came with it. */
function missingSignature(turns: readonly JsonObject[]): string | undefined {
  const spoken = turns.findLastIndex(turn => turn['role'] === 'user' && arrayOf(turn['parts']).some(part => typeof objectOf(part)['text'] === 'string'))
  for (const [position, turn] of turns.entries()) {
    if (position < spoken || turn['role'] !== 'model') continue
    const first = arrayOf(turn['parts'])
      .map(objectOf)
      .find(part => part['functionCall'] !== undefined)
    if (first === undefined || first['thoughtSignature'] !== undefined) continue
    const { name } = objectOf(first['functionCall'])
    return `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly. Additional data, function call \`default_api:${String(name)}\`, position ${position + 1}.`
  }
  return undefined
}

function partsOf(turn: JsonObject | undefined, kind: string): readonly JsonObject[] {
  return arrayOf(turn?.['parts']).flatMap(part => (objectOf(part)[kind] === undefined ? [] : [objectOf(objectOf(part)[kind])]))
}
