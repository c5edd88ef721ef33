/** A data file that can't be trusted, or is none of LMDB's: the message says what is wrong, and at which page. */
export class PageError extends Error {
  /** `foreign`: no file of LMDB's in the layout that this process reads. `damaged`: everything else. */
  readonly kind: 'foreign' | 'damaged'

  constructor(kind: 'foreign' | 'damaged', message: string) {
    super(message)
    this.name = 'PageError'
    this.kind = kind
  }
}

export function foreign(message: string): PageError {
  return new PageError('foreign', message)
}

export function damaged(message: string): PageError {
  return new PageError('damaged', message)
}
