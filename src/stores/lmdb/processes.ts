import { readFileSync } from 'node:fs'
import { v4 as uuid } from 'uuid'
import type { Instant } from '../../core/clock.js'
import { Process, Processes } from '../../generated/store/store.js'
import { StoreRefusedError } from './damage.js'
import type { Table } from './environment.js'
import { fromRow, toRow } from './frame.js'
import { metaKey } from './keys.js'

/** One opening of a store. */
export interface Instance {
  readonly instance: string
  readonly pid: number
  /** When the process started, as the operating system tells; '' where it does not. */
  readonly started: string
}

/** Who is alive, and in which boot of the machine: what a test replaces. */
export interface Machine {
  readonly bootId: string
  self(): Instance
  isAlive(instance: Instance): boolean
}

/** The time in which the store lives now: it begins when a process opens a store that nobody had open. */
export interface Incarnation {
  readonly number: number
  /** How many boots of the machine the store has seen. */
  readonly boot: number
  /** When it began. */
  readonly since: Instant
}

export const thisMachine: Machine = {
  bootId: readOr('/proc/sys/kernel/random/boot_id', '').trim(),
  self: () => ({ instance: uuid(), pid: process.pid, started: startOf(process.pid) }),
  isAlive: ({ pid, started }) => isRunning(pid) && startOf(pid) === started,
}

/**
 * Adds this process to those that have the store open. In a transaction, so that of a gateway and of a command that needs the
 * store to itself only one comes in. `aloneFor`: that command, such as `rekey`.
 * @throws StoreRefusedError
 */
export function join(
  meta: Table,
  put: (row: Uint8Array) => void,
  machine: Machine,
  now: Instant,
  aloneFor = '',
): { readonly self: Instance; readonly incarnation: Incarnation; readonly first: boolean } {
  const before = readProcesses(meta)
  const others = living(before, machine)
  refuseBeside(others, aloneFor)
  const self = machine.self()
  const first = others.length === 0
  // Where the system does not tell boots apart, only a process that is alive proves that it is still the same.
  const known = machine.bootId !== '' || others.length > 0
  const sameBoot = before.boot > 0 && before.bootId === machine.bootId && known
  const after = Processes.create({
    bootId: machine.bootId,
    boot: sameBoot ? before.boot : before.boot + 1,
    incarnation: first ? before.incarnation + 1 : before.incarnation,
    takenOverAt: first ? now : before.takenOverAt,
    processes: [...others, Process.create({ ...self, aloneFor })],
  })
  put(toRow(Processes, metaKey.processes, after))
  return { self, incarnation: incarnationOf(after), first }
}

/** Takes this process out again. In a transaction. */
export function leave(meta: Table, put: (row: Uint8Array) => void, self: Instance): void {
  const before = readProcesses(meta)
  const processes = before.processes.filter(({ instance }) => instance !== self.instance)
  put(toRow(Processes, metaKey.processes, { ...before, processes }))
}

/** Those in the list that run in this boot of the machine. */
export function living(processes: Processes, machine: Machine): Process[] {
  if (processes.bootId !== machine.bootId) return []
  return processes.processes.filter((process) => machine.isAlive(process))
}

export function readProcesses(meta: Table): Processes {
  const row = meta.getBinary(metaKey.processes)
  return row === undefined ? Processes.create() : fromRow(Processes, metaKey.processes, row)
}

function refuseBeside(others: readonly Process[], aloneFor: string): void {
  const alone = others.find((process) => process.aloneFor !== '')
  if (alone !== undefined) {
    throw new StoreRefusedError(
      `the store is in use: store ${alone.aloneFor} has it to itself (process ${alone.pid}); try again when that is done`,
    )
  }
  if (aloneFor === '' || others.length === 0) return
  const pids = others.map(({ pid }) => pid).join(', ')
  throw new StoreRefusedError(
    `the store is in use by process ${pids}, and store ${aloneFor} needs it to itself: stop every gateway that uses it`,
  )
}

function incarnationOf({ incarnation, boot, takenOverAt }: Processes): Incarnation {
  return { number: incarnation, boot, since: takenOverAt }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** The 22nd field of /proc/PID/stat; the name before it may have spaces and parentheses in it. */
function startOf(pid: number): string {
  const stat = readOr(`/proc/${pid}/stat`, '')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}
