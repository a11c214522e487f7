import type { Batch, StreamEvent } from './event.ts'

/** One dialect's way of writing events. */
export interface EventWriter {
  write(event: StreamEvent): string
  /** Takes note of an event that the upstream's own words have told already. */
  note(event: StreamEvent): void
}

/** The text of a batch: the upstream's own words where it speaks this wire, the writer's everywhere else. */
export function writeBatch(batch: Batch, wire: string, writer: EventWriter): string {
  let text = ''
  let covered = 0
  for (const event of batch) {
    if (event.type === 'raw') {
      if (event.wire !== wire || event.document) continue
      text += event.text
      covered = event.covers
    } else if (covered > 0) {
      covered--
      writer.note(event)
    } else text += writer.write(event)
  }
  return text
}

/** The events alone, for whoever changes them: the upstream's own words would say something else then. */
export function withoutRaw(batch: Batch): Batch {
  return batch.some(event => event.type === 'raw') ? batch.filter(event => event.type !== 'raw') : batch
}
