import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until `holds`; false when it still does not after `patience_ms`. */
export async function eventually(holds: () => boolean, patience_ms = 30_000): Promise<boolean> {
  const until = Date.now() + patience_ms
  while (!holds()) {
    if (Date.now() > until) return false
    await sleep(5)
  }
  return true
}
