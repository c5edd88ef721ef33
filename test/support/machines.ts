import type { Instance, Machine } from '../../src/stores/lmdb/processes.js'

/** Processes that a test starts and kills, on a machine that it boots. */
export class ManualMachine {
  #boot = 1
  #pid = 100
  readonly #alive = new Set<number>()

  /** The machine as one of its processes sees it; `kill` ends that process without a word. */
  process(): { readonly machine: Machine; readonly kill: () => void } {
    this.#pid += 1
    const pid = this.#pid
    this.#alive.add(pid)
    const self = { instance: `instance-${pid}`, pid, started: `start-${pid}` }
    const machine = {
      bootId: `boot-${this.#boot}`,
      self: () => self,
      isAlive: ({ pid }: Instance) => this.#alive.has(pid),
    }
    return { machine, kill: () => void this.#alive.delete(pid) }
  }

  /** Every process is gone, and monotonic time begins again. */
  reboot(): void {
    this.#boot += 1
    this.#alive.clear()
  }
}
