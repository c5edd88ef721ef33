/**
 * Loaded into the gateway under test with `--import`. File descriptor 3 is a socket to the process that runs the
 * test: whatever comes on it is a request to collect all garbage, answered by one line of JSON (`Collected`). When it closes
 * that process is gone, and so goes this one. It is no part of the gateway and changes nothing in it.
 */
import { Session } from 'node:inspector'
import { Socket } from 'node:net'
import { isMainThread } from 'node:worker_threads'

export interface Collected {
  /** What keeps the event loop alive, by kind: `{ TCPSocketWrap: 3, Timeout: 12 }`. */
  readonly handles: Readonly<Record<string, number>>
  readonly heapUsed_bytes: number
}

// Threads of the gateway load this, too, and would take the descriptor with them when they end.
if (isMainThread) listen()

function listen(): void {
  // In the process itself: no port is opened. `gc()` would keep the empty halves of the young generation, up to 32 MB.
  const inspector = new Session()
  inspector.connect()
  const collect = (): void => inspector.post('HeapProfiler.collectGarbage')

  const tester = new Socket({ fd: 3 })
  // Nothing that the gateway would wait for when it ends.
  tester.unref()
  tester.on('error', () => {}) // 'close' follows
  // `process.exit` may wait for ever for a transaction of LMDB.
  tester.once('close', () => process.kill(process.pid, 'SIGKILL'))
  tester.on('data', () => {
    collect()
    // What finalizers of the first collection let go of is there for the second.
    setImmediate(() => {
      collect()
      tester.write(`${JSON.stringify(collected())}\n`)
    })
  })
}

function collected(): Collected {
  const handles: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1
  return { handles, heapUsed_bytes: process.memoryUsage().heapUsed }
}
