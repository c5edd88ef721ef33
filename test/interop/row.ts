/** What came of one case that is not of a genuine client in Go. */
export interface Row {
  readonly client: string
  readonly version: string
  readonly case: string
  /** `skipped`: this machine lacks a tool, and `detail` says which. */
  readonly result: 'works' | 'fails' | 'skipped'
  /** What was wrong, or for people what was done; not the same in every run. */
  readonly detail: string
}
