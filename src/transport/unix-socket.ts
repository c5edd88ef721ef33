import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'

/** Whoever may write to the file may connect. */
const OWNER_ALONE = 0o600
const MASK = 0o077

/** The umask is that of the whole process: those that listen take turns, so that each puts back what it found. */
let turn: Promise<unknown> = Promise.resolve()

/**
 * Listens at the path of a unix socket that only the own user can open, or whom `mode` lets. A file that a process has left
 * behind without ending cleanly is replaced; one that answers, or is no socket, makes `listen` fail as it does for any address
 * in use.
 */
export function listenPrivately(path: string, listen: () => Promise<unknown>, mode = OWNER_ALONE): Promise<void> {
  const mine = turn.then(() => listenNow(path, listen, mode))
  turn = mine.catch(() => {})
  return mine
}

async function listenNow(path: string, listen: () => Promise<unknown>, mode: number): Promise<void> {
  if (await isLeftBehind(path)) unlinkSync(path)
  // Also in the moment between being made and being restricted it is nobody else's.
  const before = process.umask(MASK)
  try {
    await listen()
  } finally {
    process.umask(before)
  }
  chmodSync(path, mode)
}

function isLeftBehind(path: string): Promise<boolean> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return Promise.resolve(false)
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
}
