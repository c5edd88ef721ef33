import { writeSync } from 'node:fs'
import pino from 'pino'
import { oneLine } from '../config/error.js'
import type { Config } from '../config/schema.js'
import { hex } from '../core/bytes.js'
import type { Logger } from '../log.js'

/** Takes whole lines, each with its end. */
export interface LineSink {
  write(line: string): void
}

export interface LoggingOptions {
  readonly level: Config['log']['level']
  /** Default: standard error. */
  readonly sink?: LineSink
  /** One JSON object a line, or text for people. Default: for people if standard error is a terminal. */
  readonly form?: 'json' | 'text'
}

/**
 * The gateway's log. Nothing secret is logged; texts of errors, which may come from anywhere, are freed of what could name a session.
 */
export function createLogger(options: LoggingOptions): Logger {
  const sink = options.sink ?? standardError
  const form = options.form ?? (process.stderr.isTTY ? 'text' : 'json')
  return pino(
    {
      level: options.level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: plainFields },
      // pino has a serializer of its own for `err`, which would read our plain object as an error of class Object.
      serializers: { err: (plainError: unknown) => plainError },
    },
    form === 'json' ? sink : { write: (line: string) => sink.write(textLine(line)) },
  )
}

const standardError: LineSink = {
  write(line) {
    const bytes = Buffer.from(line)
    let written = 0
    let refused = 0
    while (written < bytes.length) {
      try {
        written += writeSync(2, bytes, written)
      } catch (error) {
        // A reader that is slow (EAGAIN) gets a few more chances; one that went away must not end the gateway.
        if (!isTryAgain(error) || ++refused > 100) return
        Atomics.wait(pause, 0, 0, 1)
      }
    }
  },
}

/** LMDB writes the reason of a failed write to standard error, and not the end of the line: ours has to begin a new one. */
export function endForeignLine(): void {
  standardError.write('\n')
}

const pause = new Int32Array(new SharedArrayBuffer(4))

function isTryAgain(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN'
}

/** 64-bit numbers become decimal strings, bytes hex and errors objects, as everywhere in the gateway's JSON. */
function plainFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]))
}

function plain(value: unknown, depth = 0): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return hex(value)
  if (value instanceof Error) return plainError(value, depth)
  if (Array.isArray(value)) return depth > 5 ? '…' : value.map((item) => plain(item, depth + 1))
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    if (depth > 5) return '…'
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item, depth + 1)]))
  }
  return value
}

function plainError(error: Error, depth: number): Record<string, unknown> {
  return {
    type: error.name,
    ...('code' in error ? { code: error.code } : {}),
    message: withoutNames(error.message),
    stack: withoutNames(error.stack ?? ''),
    ...(error.cause === undefined || depth > 5 ? {} : { cause: plain(error.cause, depth + 1) }),
  }
}

/** Ids of sessions, and anything as long in hex: keys, signatures, accounts. */
const NAMES = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,}/gi

function withoutNames(text: string): string {
  return text.replace(NAMES, '…')
}

/** `12:00:01.123 WARN  message  name=value …` from a line of JSON. */
function textLine(line: string): string {
  const entry: unknown = JSON.parse(line)
  if (typeof entry !== 'object' || entry === null) return line
  const { time, level, message, ...fields }: Record<string, unknown> = { ...entry }
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${fieldText(value)}`)
  const clock = String(time).slice(11, 23)
  return `${clock} ${String(level).toUpperCase().padEnd(5)} ${oneLine(String(message ?? ''))}${rest.join('')}\n`
}

/** Clients choose some of these texts (their user agent, say): nothing of them may drive the terminal. */
function fieldText(value: unknown): string {
  const text = typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : (JSON.stringify(value) ?? '')
  return oneLine(text)
}
