/**
 * Loaded into a gateway under test with `--import`: its wall clock is off by as many milliseconds as stand in the file that
 * `WALL_CLOCK_FILE` names. It is read at the start, and at every SIGUSR2. Monotonic time is left alone, as `date -s` leaves it.
 */
import { existsSync, readFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const file = process.env['WALL_CLOCK_FILE']
const realNow = Date.now
let offset_ms = 0

// Signals reach the main thread alone, and the other threads ask for no time.
if (isMainThread && file !== undefined) {
  read(file)
  process.on('SIGUSR2', () => read(file))
  Date.now = () => realNow() + offset_ms
}

function read(path: string): void {
  if (existsSync(path)) offset_ms = Number(readFileSync(path, 'utf8'))
}
