import type { Gateway } from '../gateway/gateway.js'
import { within } from './within.js'

/** For calls to be cut off and the transaction under way to end. Whoever waits longer is stuck. */
const CUT_MS = 2_000

/**
 * Cuts off all calls and closes the store, so that the process can be left. `process.exit` alone may never return: it waits for
 * LMDB's thread, and that one, in the middle of a transaction, for this one. What is stuck is killed.
 * @param gateway undefined if none was started.
 */
export async function cutOff(gateway: Promise<Pick<Gateway, 'stop'>> | undefined): Promise<void> {
  const stopped = gateway?.then(
    (started) => started.stop(),
    () => {}, // it closes its store itself when it does not start
  )
  if (stopped !== undefined && !(await within(CUT_MS, stopped))) process.kill(process.pid, 'SIGKILL')
}
