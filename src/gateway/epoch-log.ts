import type { Clock } from '../core/clock.js'
import type { Epochs } from '../core/epochs.js'
import type { Logger } from '../log.js'
import { LineLimit } from './line-limit.js'

/** A network moves by one epoch at a time. A few at once are a machine that slept; more than these deserve a line. */
export const EPOCH_JUMP = 10n

/** Very short epochs may jump with every pause of the process. */
const LINES = { lines: 10, window_ms: 60_000 }

interface Move {
  readonly from: bigint
  readonly to: bigint
}

/** Writes a line for each step back of the epoch and for each jump ahead. Returns how to stop. */
export function logEpochs(epochs: Epochs, { clock, log }: { clock: Clock; log: Logger }): () => void {
  const lines = new LineLimit<Move>({
    ...LINES,
    clock,
    write: (move) => {
      if (move.to < move.from) log.warn({ ...move }, 'the epoch went back; sessions that have ended stay ended')
      else log.info({ ...move }, 'the epoch jumped ahead')
    },
    writeRest: (moves) => log.warn({ moves, epoch: epochs.current() }, 'the epoch jumped or went back more often'),
  })
  let from = epochs.current()
  const unfollow = epochs.onChange((to) => {
    if (to < from || to - from > EPOCH_JUMP) lines.offer({ from, to })
    from = to
  })
  return () => {
    unfollow()
    lines.stop()
  }
}
