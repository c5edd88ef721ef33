import { createHash, type Hash } from 'node:crypto'
import { bindingOf } from '../core/binding.js'
import { hex } from '../core/bytes.js'
import type { Keyring } from '../crypto/keyring.js'
import { SealError } from '../crypto/seal.js'
import { openSessionKey } from '../crypto/session-keys.js'
import { isWholeKeyring } from '../crypto/wrapping-key.js'
import type { Contents, Kept } from '../stores/lmdb/contents.js'
import { FORMAT, FORMAT_VERSION, type HeaderLine, type Line } from './schema.js'
import { type Moment, type PrivateKey, time, toLine } from './session-line.js'

export type PrivateKeys = HeaderLine['privateKeys']

export interface ExportOptions {
  readonly privateKeys: PrivateKeys
  /** Opens private keys that are written in clear. */
  readonly keyring?: Keyring
  /** Of the gateway, for people. */
  readonly version: string
  readonly now: Moment
  readonly write: (bytes: Uint8Array) => void
  readonly onSession?: () => void
  /** Of a damaged store: leaves out what can't be exported instead of ending there, and tells why. */
  readonly onSkip?: (problem: string) => void
}

export interface Exported {
  readonly open: number
  readonly ended: number
  readonly partitions: number
  /** Private keys in it, whatever their form. */
  readonly privateKeys: number
}

const NO_PRIVATE_KEY: PrivateKey = {}

/** Writes a store as JSON lines. @throws Error if a private key does not open; what reading the store throws */
export function exportStore(contents: Contents, options: ExportOptions): Exported {
  const { privateKeys, write, now, onSession, onSkip } = options
  const keyring = contents.keyrings.find(isWholeKeyring)
  const out = new LineWriter(write)
  out.line({
    kind: 'header',
    format: FORMAT,
    version: FORMAT_VERSION,
    gateway: options.version,
    storeFormat: contents.format,
    madeAt: time(contents.madeAt_ms),
    exportedAt: time(now.wall_ms),
    privateKeys,
    ...(privateKeys === 'sealed' && keyring !== undefined && { keyring: hex(keyring) }),
    ...(contents.counts === undefined ? { salvaged: true as const } : { counts: contents.counts }),
  })
  let partitions = 0
  for (const { partition, last } of contents.numbers()) {
    out.line({ kind: 'partition', partition, last: String(last) })
    partitions += 1
  }
  if (contents.numbersForgotten > 0n) out.line({ kind: 'otherPartitions', last: String(contents.numbersForgotten) })
  const counted = { open: 0, ended: 0, privateKeys: 0 }
  for (const kept of contents.sessions()) {
    onSession?.()
    try {
      const privateKey = privateKeyOf(kept, options, keyring !== undefined)
      out.line(toLine(kept, privateKey, now, contents.inUse))
      if (privateKey !== NO_PRIVATE_KEY) counted.privateKeys += 1
    } catch (error) {
      if (onSkip === undefined || !(error instanceof SessionProblem || error instanceof RangeError)) throw error
      onSkip(
        error instanceof SessionProblem ? error.message : `session ${kept.session.id} has a time that no clock shows`,
      )
      continue
    }
    if (kept.end === undefined) counted.open += 1
    else counted.ended += 1
  }
  out.end()
  return { ...counted, partitions }
}

/** A session that can't be exported as it was asked for. */
class SessionProblem extends Error {
  override readonly name = 'SessionProblem'
}

function privateKeyOf(
  { session, end }: Kept,
  { privateKeys, keyring }: ExportOptions,
  hasKeyring: boolean,
): PrivateKey {
  const { id, key } = session
  if (key === undefined || end !== undefined || privateKeys === 'none') return NO_PRIVATE_KEY
  if (privateKeys === 'sealed') {
    if (hasKeyring) return { sealedKey: hex(key.sealed) }
    throw new SessionProblem(`the private key of session ${id} is lost with the keyring of the store`)
  }
  if (keyring === undefined) throw new Error('private keys in clear need a keyring')
  let scalar: Uint8Array
  try {
    scalar = openSessionKey(key, keyring, bindingOf(session))
  } catch (error) {
    if (!(error instanceof SealError)) throw error
    throw new SessionProblem(`the private key of session ${id} does not open: ${error.message}`, { cause: error })
  }
  try {
    return { privateKey: hex(scalar) }
  } finally {
    scalar.fill(0)
  }
}

const CHUNK_BYTES = 256 * 1024

class LineWriter {
  readonly #write: (bytes: Uint8Array) => void
  readonly #hash: Hash = createHash('sha256')
  #waiting: string[] = []
  #size = 0
  #lines = 0

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write
  }

  line(line: Line): void {
    const text = `${JSON.stringify(line)}\n`
    this.#waiting.push(text)
    this.#size += text.length
    this.#lines += 1
    if (this.#size >= CHUNK_BYTES) this.#flush()
  }

  end(): void {
    this.#flush()
    const sha256 = this.#hash.copy().digest('hex')
    this.line({ kind: 'footer', lines: this.#lines, sha256 })
    this.#flush()
  }

  #flush(): void {
    const bytes = Buffer.from(this.#waiting.join(''))
    this.#waiting = []
    this.#size = 0
    this.#hash.update(bytes)
    this.#write(bytes)
  }
}
