/** What a heap holds. It knows its place, so that it can leave before its turn. */
export interface HeapItem {
  /** What it is ordered by; changed through the heap alone. */
  deadline: bigint
  /** Index in its heap, -1 while it is in none. Kept by the heap. */
  position: number
}

/** A binary heap with the earliest deadline on top; every change costs the logarithm of its size. */
export class DeadlineHeap<T extends HeapItem> {
  readonly #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  peek(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    this.#rise(item, this.#items.length)
  }

  pop(): T | undefined {
    const top = this.#items[0]
    if (top !== undefined) this.remove(top)
    return top
  }

  remove(item: T): void {
    const { position } = item
    if (this.#items[position] !== item) return
    item.position = -1
    const last = this.#items.pop()
    if (last !== undefined && last !== item) this.#place(last, position)
  }

  /** Gives an item of this heap another deadline. */
  move(item: T, deadline: bigint): void {
    item.deadline = deadline
    this.#place(item, item.position)
  }

  #place(item: T, position: number): void {
    this.#rise(item, position)
    if (item.position === position) this.#sink(item, position)
  }

  #rise(item: T, from: number): void {
    let position = from
    while (position > 0) {
      const parentPosition = (position - 1) >> 1
      const parent = this.#items[parentPosition]
      if (parent === undefined || parent.deadline <= item.deadline) break
      this.#put(parent, position)
      position = parentPosition
    }
    this.#put(item, position)
  }

  #sink(item: T, from: number): void {
    let position = from
    for (;;) {
      const child = this.#earlierChild(position)
      if (child === undefined || child.deadline >= item.deadline) break
      const childPosition = child.position
      this.#put(child, position)
      position = childPosition
    }
    this.#put(item, position)
  }

  #earlierChild(position: number): T | undefined {
    const left = this.#items[2 * position + 1]
    const right = this.#items[2 * position + 2]
    if (left === undefined || right === undefined) return left
    return right.deadline < left.deadline ? right : left
  }

  #put(item: T, position: number): void {
    this.#items[position] = item
    item.position = position
  }
}
