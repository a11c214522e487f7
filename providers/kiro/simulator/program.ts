import type { Chunking, Delivery } from './steps.ts'

/** One thing after another in a streamed answer. */
export type Beat = Buffer | { readonly waitMs: number }

/** A streamed answer, ready to be sent. */
export interface Program {
  readonly beats: readonly Beat[]
  readonly delivery: Delivery
}

/** The bytes of one write, or a wait before the next. */
export type Write = { readonly bytes: Buffer } | { readonly waitMs: number }

/** Spreads the beats over writes as the delivery demands. */
export function writesOf({ beats, delivery }: Program): readonly Write[] {
  return stretches(shortened(beats, delivery.dropLastBytes ?? 0)).flatMap((stretch): Write[] => {
    if (!Array.isArray(stretch)) return [stretch]
    return grouped(stretch, delivery.chunking ?? 'per-frame').map(bytes => ({ bytes }))
  })
}

/** Runs of frames between waits. */
function stretches(beats: readonly Beat[]): readonly (Buffer[] | { readonly waitMs: number })[] {
  const result: (Buffer[] | { readonly waitMs: number })[] = []
  for (const beat of beats) {
    if (!Buffer.isBuffer(beat)) {
      result.push(beat)
      continue
    }
    const last = result.at(-1)
    if (Array.isArray(last)) last.push(beat)
    else result.push([beat])
  }
  return result
}

function grouped(frames: readonly Buffer[], chunking: Chunking): readonly Buffer[] {
  if (chunking === 'per-frame') return frames
  if (chunking === 'one-write') return [Buffer.concat(frames)]
  if ('bytes' in chunking) return slices(Buffer.concat(frames), Math.max(1, chunking.bytes))
  const count = Math.max(1, chunking.frames)
  const groups = Array.from({ length: Math.ceil(frames.length / count) }, (_, index) => frames.slice(index * count, (index + 1) * count))
  return groups.map(group => Buffer.concat(group))
}

function slices(bytes: Buffer, size: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
}

function shortened(beats: readonly Beat[], drop: number): readonly Beat[] {
  const kept = [...beats]
  let left = drop
  while (left > 0 && kept.length > 0) {
    const last = kept.pop()
    if (!Buffer.isBuffer(last)) continue
    if (last.length > left) kept.push(last.subarray(0, last.length - left))
    left -= last.length
  }
  return kept
}
