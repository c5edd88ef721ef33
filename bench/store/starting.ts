import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { AdminClient } from '../../test/reliability/admin-client.js'
import { GatewayProcess } from '../../test/reliability/gateway-process.js'
import { MANUAL_EPOCH } from '../../test/reliability/settings.js'
import { numberAt } from './population.js'

/** Starts of each kind; the middle one counts. */
const STARTS = 3
const READS = 5_000
const READERS = 8
const SAMPLE_ms = 20
const BYTES_PER_KILOBYTE = 1024

/** Memory is RssAnon: pages of the process's own, mapped files apart, with whatever garbage there is. */
export interface Start {
  /** From the command to the answer 200 of `/readyz`. */
  readonly ready_s: number
  readonly ready_bytes: number
  /** The most that was seen until then. */
  readonly peak_bytes: number
  readonly afterReads_bytes: number
}

/** What a gateway of its own process takes to be ready, after a clean stop and after a kill. */
export async function measureStarts(
  url: string,
  sessions: number,
): Promise<{ readonly clean: Start; readonly killed: Start }> {
  // Whatever the store was left as, a clean stop comes before the first start that counts.
  const options = { store: url, args: MANUAL_EPOCH, restarts: true }
  const gateway = await GatewayProcess.start(options)
  try {
    const clean: Start[] = []
    const killed: Start[] = []
    for (let n = 0; n < STARTS; n++) {
      clean.push(await measureStart(gateway, 'SIGTERM', sessions))
      killed.push(await measureStart(gateway, 'SIGKILL', sessions))
    }
    return { clean: middle(clean), killed: middle(killed) }
  } finally {
    gateway.kill('SIGTERM')
    await gateway.exited
    await gateway.dispose()
  }
}

async function measureStart(gateway: GatewayProcess, signal: NodeJS.Signals, sessions: number): Promise<Start> {
  gateway.kill(signal)
  await gateway.exited
  const peak = watchPeak()
  const began = performance.now()
  await gateway.restart()
  await isReady(gateway.admin)
  const ready_s = (performance.now() - began) / 1000
  const ready_bytes = gateway.rssAnonNow_bytes()
  const peak_bytes = Math.max(ready_bytes, peak.stop())
  await readSome(new AdminClient(gateway.admin), sessions)
  return { ready_s, ready_bytes, peak_bytes, afterReads_bytes: gateway.rssAnonNow_bytes() }
}

async function isReady(admin: string): Promise<void> {
  const answer = await fetch(`${admin}/readyz`, { headers: { connection: 'close' } })
  if (answer.status !== 200) throw new Error(`the gateway is not ready: ${await answer.text()}`)
}

/** Reads sessions all over the store. */
async function readSome(client: AdminClient, sessions: number): Promise<void> {
  const numbered = Math.floor(sessions / 2)
  const readers = Array.from({ length: READERS }, async (_, reader) => {
    for (let read = reader; read < READS; read += READERS) {
      const { partition, number } = numberAt((read * 7919) % numbered)
      await client.stateOf(`${partition}:${number}`)
    }
  })
  await Promise.all(readers)
}

/** Looks at every child of this process until it is told to stop: the gateway tells its id only when it is ready. */
function watchPeak(): { stop(): number } {
  const stopped = new AbortController()
  let peak_bytes = 0
  const watch = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      peak_bytes = Math.max(peak_bytes, ...childrenOf(process.pid).map(rssAnon_bytes))
      await sleep(SAMPLE_ms)
    }
  }
  void watch()
  return {
    stop() {
      stopped.abort()
      return peak_bytes
    },
  }
}

function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
}

/** 0 of a process that has just ended. */
function rssAnon_bytes(pid: string): number {
  try {
    const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kilobytes ?? 0) * BYTES_PER_KILOBYTE
  } catch {
    return 0
  }
}

function middle(starts: readonly Start[]): Start {
  const sorted = [...starts].sort((a, b) => a.ready_s - b.ready_s)
  const found = sorted[Math.floor(sorted.length / 2)]
  if (found === undefined) throw new Error('nothing was started')
  return found
}
