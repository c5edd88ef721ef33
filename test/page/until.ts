import { setTimeout as sleep } from 'node:timers/promises'
import { PATIENCE_MS } from './browser.js'

/** Waits until `holds`; false when it still does not after a browser's patience. */
export async function until(holds: () => Promise<boolean>): Promise<boolean> {
  const end = Date.now() + PATIENCE_MS
  while (!(await holds())) {
    if (Date.now() > end) return false
    await sleep(100)
  }
  return true
}
