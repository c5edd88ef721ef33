import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below what Linux (32768) and others (49152) give to outgoing connections, above what well-known services use. */
const FIRST = 12_000
const LAST = 31_999

let next = FIRST + Math.floor(Math.random() * (LAST - FIRST))

/**
 * A free port of 127.0.0.1 for a server that leaves and comes back. A port that the system chose would not do: while its
 * server is away, any outgoing connection of this machine may be given it.
 */
export async function lastingPort(): Promise<number> {
  for (let tried = FIRST; tried <= LAST; tried++) {
    const port = next
    next = port === LAST ? FIRST : port + 1
    if (await isFree(port)) return port
  }
  throw new Error(`no port from ${FIRST} to ${LAST} is free`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
