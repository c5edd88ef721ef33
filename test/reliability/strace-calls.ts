import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/** System calls that change files or put them on disk. */
const TRACED = [
  'openat',
  'close',
  'lseek',
  'write',
  'writev',
  'pwrite64',
  'pwritev',
  'pwritev2',
  'ftruncate',
  'fallocate',
  'fdatasync',
  'fsync',
  'mkdir',
  'link',
  'linkat',
  'rename',
  'renameat',
  'renameat2',
  'unlink',
  'unlinkat',
]

/** A system call as strace shows it. */
export interface FileCall {
  readonly name: string
  /** What stands between the parentheses. */
  readonly args: string
  /** When it began, `Date.now()` with microseconds. */
  readonly at_ms: number
}

export interface FileCallEnd {
  /** -1 if it failed. */
  readonly result: number
  /** Of the file that was opened. */
  readonly path: string
}

/** Calls in the order in which they begin and end; of two threads one may begin before the other's has ended. */
export type TraceEvent =
  | { readonly kind: 'begin'; readonly call: FileCall }
  | { readonly kind: 'end'; readonly call: FileCall; readonly end: FileCallEnd }

/** The command under which a program is traced to that file; what is there is added to. */
export function traced(file: string, inject: readonly string[] = []): string[] {
  return [
    'strace',
    // Threads too, whole arguments, paths of descriptors, no waiting for calls that are not traced.
    ...['-f', '-v', '-y', '-xx', '-s', '16777216', '-ttt', '-q', '--seccomp-bpf', '-A', '-o', file],
    ...['-e', 'signal=none', '-e', `trace=${TRACED.join()}`],
    ...inject.flatMap((rule) => ['-e', `inject=${rule}`]),
  ]
}

const BEGUN = /^(\d+) +(\d+\.\d+) (\w+)\(/
const RESUMED = /^(\d+) +(\d+\.\d+) <\.\.\. (\w+) resumed>/
const UNFINISHED = ' <unfinished ...>'
/** `) = 4096`, `) = 18<path>`, `) = -1 EIO (Input/output error) (INJECTED)` */
const ENDED = /\) += (-?\d+)(?:<([^>]*)>)?(?: \w+ \([^)]*\))?(?: \(INJECTED\))?$/

/** Reads a trace line by line: it may be far bigger than memory. */
export async function* readTrace(file: string): AsyncGenerator<TraceEvent> {
  const underWay = new Map<string, FileCall>()
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const resumed = RESUMED.exec(line)
    if (resumed !== null) {
      const thread = resumed[1] ?? ''
      const call = underWay.get(thread)
      underWay.delete(thread)
      if (call !== undefined) yield* ended(call, line)
      continue
    }
    const begun = BEGUN.exec(line)
    if (begun === null) continue
    const [head, thread = '', seconds = '', name = ''] = begun
    const rest = line.slice(head.length)
    const isUnfinished = rest.endsWith(UNFINISHED)
    const args = isUnfinished ? rest.slice(0, -UNFINISHED.length) : rest.slice(0, rest.lastIndexOf(') '))
    const call = { name, args, at_ms: Number(seconds) * 1000 }
    yield { kind: 'begin', call }
    if (isUnfinished) underWay.set(thread, call)
    else yield* ended(call, line)
  }
}

/** A call that was cut off by the end of the process has no result, and never ends. */
function* ended(call: FileCall, line: string): Generator<TraceEvent> {
  const found = ENDED.exec(line.slice(-1000))
  if (found === null) return
  yield { kind: 'end', call, end: { result: Number(found[1]), path: String(bytesOf(found[2] ?? '')) } }
}

// ---- arguments ------------------------------------------------------------------------------------------------------

/** The number of the descriptor that comes first. */
export function descriptorOf(args: string): number {
  return Number.parseInt(args, 10)
}

/** The path of the descriptor that comes first. */
export function pathOf(args: string): string {
  return String(bytesOf(/^\d+<([^>]*)>/.exec(args)?.[1] ?? ''))
}

/** All texts among the arguments, which strace writes as hex. */
export function textsOf(args: string): Buffer[] {
  return [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) => bytesOf(hex))
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex')
}

/** The number that comes last. */
export function lastNumberOf(args: string): number {
  return Number(/(\d+)$/.exec(args)?.[1] ?? Number.NaN)
}
