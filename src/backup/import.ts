import { bindingOf } from '../core/binding.js'
import { sameBytes } from '../core/bytes.js'
import type { Session } from '../core/session.js'
import type { Keyring } from '../crypto/keyring.js'
import { SealError } from '../crypto/seal.js'
import { resealSessionKey, sessionKeyFromScalar } from '../crypto/session-keys.js'
import type { BulkInsert } from '../stores/lmdb/bulk-insert.js'
import type { ExportFile } from './export-file.js'
import { LineError } from './line-error.js'
import type { SessionLine } from './schema.js'
import { fromLine, type Moment, uint64 } from './session-line.js'

export interface ImportOptions {
  /** Of the store that takes the sessions: seals their keys. */
  readonly keyring: Keyring
  /** The keyring of the export, opened; it is asked for where private keys are sealed. */
  readonly openKeyring: (wrapped: Uint8Array) => Keyring
  /** Leaves what the store has as it is, instead of refusing all. */
  readonly skipExisting: boolean
  readonly now: Moment
  readonly onLine?: () => void
}

export interface Imported {
  readonly open: number
  readonly ended: number
  readonly partitions: number
  readonly skipped: number
  /** Of the open ones: those whose lifetime is counted in epochs. */
  readonly byEpoch: number
}

/** Puts all sessions and numbers of an export into a store. @throws LineError for the first line that can't be taken */
export function importFile(file: ExportFile, into: BulkInsert, options: ImportOptions): Imported {
  const keys = new Keys(file, options)
  const counted = { open: 0, ended: 0, partitions: 0, skipped: 0, byEpoch: 0 }
  for (const { number, line } of file.lines()) {
    options.onLine?.()
    if (line.kind === 'partition') {
      into.addNumber(line.partition, uint64(line.last, 'last', number))
      counted.partitions += 1
    } else if (line.kind === 'otherPartitions') {
      into.addForgottenNumber(uint64(line.last, 'last', number))
    } else {
      const { session, end } = fromLine(line, number, options.now)
      const conflict = into.conflictOf(session)
      if (conflict !== undefined) {
        if (!options.skipExisting) throw new LineError(number, conflictText(conflict, session))
        counted.skipped += 1
      } else if (end !== undefined) {
        into.addEnded(session, end)
        counted.ended += 1
      } else {
        into.add(keys.seal(session, line, number))
        counted.open += 1
        if (session.lifetime.kind === 'epochs') counted.byEpoch += 1
      }
    }
  }
  return counted
}

/** The private keys of an export, sealed anew for the store that takes them. */
class Keys {
  readonly #options: ImportOptions
  readonly #form: 'sealed' | 'plain' | 'none'
  readonly #source: Keyring | undefined

  constructor({ header }: ExportFile, options: ImportOptions) {
    this.#options = options
    this.#form = header.privateKeys
    if (header.privateKeys !== 'sealed') return
    if (header.keyring !== undefined) this.#source = options.openKeyring(Buffer.from(header.keyring, 'hex'))
  }

  seal(session: Session, line: SessionLine, number: number): Session {
    const { key } = session
    if (key === undefined) return session
    const { keyring } = this.#options
    const binding = bindingOf(session)
    if (this.#form === 'none') {
      throw new LineError(
        number,
        'the session has a key, and this export has no private keys, so that it could not sign: export them, sealed or in clear',
      )
    }
    if (this.#form === 'plain') {
      if (line.privateKey === undefined)
        throw new LineError(number, 'privateKey is missing; it takes 64 hex digits in lower case')
      return { ...session, key: plainKey(line.privateKey, key.publicKey, keyring, binding, number) }
    }
    if (line.sealedKey === undefined)
      throw new LineError(number, 'sealedKey is missing; it takes bytes as hex digits in lower case')
    if (this.#source === undefined) throw new LineError(1, 'keyring is missing, and there are sealed keys')
    try {
      const sealed = { ...key, sealed: Buffer.from(line.sealedKey, 'hex') }
      return { ...session, key: resealSessionKey(sealed, keyring, binding, this.#source) }
    } catch (error) {
      if (!(error instanceof SealError)) throw error
      throw new LineError(
        number,
        `sealedKey: it does not open (${error.message}): id, owner, lifetime or keys of the line were changed`,
      )
    }
  }
}

function plainKey(privateKey: string, publicKey: Uint8Array, keyring: Keyring, binding: Uint8Array, line: number) {
  const scalar = Buffer.from(privateKey, 'hex')
  try {
    const key = sessionKeyFromScalar(scalar, keyring, binding)
    if (sameBytes(key.publicKey, publicKey)) return key
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new LineError(line, 'privateKey: got a value that is not shown, takes a P-256 private key')
  } finally {
    scalar.fill(0)
  }
  throw new LineError(line, 'privateKey: it is not the private half of publicKey')
}

function conflictText(conflict: 'id' | 'number', { id, partition, number }: Session): string {
  const what = conflict === 'id' ? `session ${id}` : `a session with number ${number} of partition ${partition}`
  return `${what} is in the store already, or came before in this file; --skip-existing leaves those that are there as they are`
}
