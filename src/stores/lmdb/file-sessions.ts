import { SessionRecord, Timer } from '../../generated/store/store.js'
import { DamageError } from './damage.js'
import { fromRow } from './frame.js'
import { sequenceAt } from './keys.js'
import type { PageFile } from './page-file.js'
import { fromRecord, type Stored } from './record.js'
import { asEnded, UnsettledEntries } from './unsettled.js'

/** A session of a data file. */
export interface FileSession {
  /** As it is now, also if it has ended and is not settled. */
  readonly stored: Stored
  /** Of an open one with a timeout. */
  readonly timer: Timer | undefined
}

/**
 * All sessions of a data file, open and ended, in the order of insertion. Their bytes are views that are valid until the next one.
 * @throws PageError, DamageError
 */
export function* sessionsOf(file: PageFile): Generator<FileSession, void> {
  const timers = file.entries('timers')
  const ends = new UnsettledEntries(file)
  for (const { key, value } of file.entries('sessions')) {
    const sequence = sequenceAt(key)
    const stored = fromRecord(fromRow(SessionRecord, key, value))
    const timer = hasTimer(stored) ? nextTimer(timers, sequence) : undefined
    const unsettled = stored.end === undefined ? ends.take(sequence) : undefined
    yield unsettled === undefined ? { stored, timer } : { stored: asEnded(stored.session, unsettled), timer: undefined }
  }
  ends.mustBeEmpty()
}

function hasTimer({ session, end }: Stored): boolean {
  return end === undefined && session.lifetime.kind === 'timeout'
}

/** Sessions and timers lie in the same order. */
function nextTimer(
  timers: Iterator<{ readonly key: Uint8Array; readonly value: Uint8Array }>,
  sequence: number,
): Timer {
  const next = timers.next()
  if (next.done === true || sequenceAt(next.value.key) !== sequence) {
    throw new DamageError(`session ${sequence} in the order of insertion has no timer, or another one before it`)
  }
  return fromRow(Timer, next.value.key, next.value.value)
}
