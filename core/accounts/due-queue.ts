interface Entry<T> {
  readonly at: number
  readonly item: T
}

/** Things with a time each, the earliest first: a binary heap in which a thing's newer time makes its older one void. */
export class DueQueue<T extends object> {
  readonly #heap: Entry<T>[] = []
  readonly #times = new Map<T, number>()

  get size(): number {
    return this.#times.size
  }

  set(item: T, at: number): void {
    if (this.#times.get(item) === at) return
    if (at === Infinity) {
      this.#times.delete(item)
      return
    }
    this.#times.set(item, at)
    this.#push({ at, item })
  }

  delete(item: T): void {
    this.#times.delete(item)
  }

  /** The earliest time, or undefined when nothing waits. */
  next(): number | undefined {
    this.#dropVoid()
    return this.#heap[0]?.at
  }

  /** Takes out the earliest thing if its time has come. */
  take(now: number): T | undefined {
    this.#dropVoid()
    const first = this.#heap[0]
    if (!first || first.at > now) return undefined
    this.#pop()
    this.#times.delete(first.item)
    return first.item
  }

  #dropVoid(): void {
    for (let first = this.#heap[0]; first && this.#times.get(first.item) !== first.at; first = this.#heap[0]) this.#pop()
  }

  #push(entry: Entry<T>): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(entry)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent] as Entry<T>
      if (above.at <= entry.at) break
      heap[index] = above
      index = parent
    }
    heap[index] = entry
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (!last || heap.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      const right = heap[child + 1]
      const left = heap[child]
      if (!left) break
      if (right && right.at < left.at) child++
      const smaller = heap[child] as Entry<T>
      if (smaller.at >= last.at) break
      heap[index] = smaller
      index = child
    }
    heap[index] = last
  }
}
