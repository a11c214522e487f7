import type { Transform } from '../contract/plugin.ts'
import type { Batch, StreamEvent } from '../model/event.ts'
import { withoutRaw } from '../model/raw-events.ts'

/** One synchronous function over a batch from all closures, first one first; undefined when nobody asked. */
export function fuse(transforms: readonly Transform[]): ((batch: Batch) => Batch) | undefined {
  if (transforms.length === 0) return undefined
  return batch => transforms.reduce<Batch>((events, transform) => apply(events, transform), withoutRaw(batch))
}

function apply(batch: Batch, transform: Transform): Batch {
  const changed: StreamEvent[] = []
  for (const event of batch) {
    const made = transform(event)
    if (made === undefined) continue
    if ('type' in made) changed.push(made)
    else changed.push(...made)
  }
  return changed
}
