import { setTimeout as sleep } from 'node:timers/promises'

/** Longer than a renewal waits to be written. */
const QUIET_ms = 150

/** The commits of a store, as it reports them. */
export class Commits {
  count = 0
  duration_ms = 0

  add(duration_ms: number): void {
    this.count += 1
    this.duration_ms += duration_ms
  }

  /** Resolves when nothing is written any more. */
  async quiet(): Promise<void> {
    for (let before = -1; before !== this.count; ) {
      before = this.count
      await sleep(QUIET_ms)
    }
  }
}

/** What all operations of one kind took together. */
export class Meter {
  readonly #commits: Commits
  #operations = 0
  #spent_ms = 0
  #committed = 0

  constructor(commits: Commits) {
    this.#commits = commits
  }

  get each_us(): number {
    return (this.#spent_ms * 1000) / this.#operations
  }

  get commits_per_s(): number {
    return (this.#committed * 1000) / this.#spent_ms
  }

  /** Operations that are done when `run` resolves. */
  async add(operations: number, run: () => Promise<void>): Promise<void> {
    const { count } = this.#commits
    const began = performance.now()
    await run()
    this.#spent_ms += performance.now() - began
    this.#committed += this.#commits.count - count
    this.#operations += operations
  }

  /** Operations that are written some time after `run`: how long they wait for that is nobody's time. */
  async addLater(operations: number, run: () => void): Promise<void> {
    const { count, duration_ms } = this.#commits
    const began = performance.now()
    run()
    this.#spent_ms += performance.now() - began
    await this.#commits.quiet()
    this.#spent_ms += this.#commits.duration_ms - duration_ms
    this.#committed += this.#commits.count - count
    this.#operations += operations
  }
}
