import t from 'tap'
import { SessionError } from '../../src/core/errors.js'
import type { Session, SessionRef } from '../../src/core/session.js'
import { Keyring } from '../../src/crypto/keyring.js'
import { SignatureVerifier } from '../../src/crypto/schemes.js'
import { SealError } from '../../src/crypto/seal.js'
import { SessionKeyPool } from '../../src/crypto/session-keys.js'
import { systemRandom } from '../../src/crypto/system-random.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { epochSession, makeCore, OWNER, timeoutSession } from '../support/core.js'

const DATA = Uint8Array.of(1, 2, 3)

/** A store in which somebody edits the records. */
class EditedStore extends MemoryStore {
  edit: (session: Session) => Session = (session) => session

  override get(ref: SessionRef): Session | undefined {
    const session = super.get(ref)
    return session === undefined ? undefined : this.edit(session)
  }
}

function coreWithKeys() {
  const store = new EditedStore()
  const keyPairs = new SessionKeyPool({ keyring: Keyring.ephemeral(systemRandom), random: systemRandom, size: 0 })
  return { ...makeCore({ store, keyPairs }), store }
}

const isValid = (session: Session, signature: Uint8Array) =>
  new SignatureVerifier().verify({
    scheme: 0,
    publicKey: session.key?.publicKey ?? DATA,
    signature,
    data: DATA,
  }) === undefined

t.test('a session signs, however it was opened and however often it was renewed', async (t) => {
  const { sessions, clock } = coreWithKeys()
  const sign = async (session: Session) => isValid(session, await sessions.sign({ by: 'id', id: session.id }, DATA, 0))
  t.ok(await sign(await sessions.create(epochSession())))
  t.ok(await sign(await sessions.create(epochSession({ owner: undefined }))))
  t.ok(await sign(await sessions.confirm(await sessions.prepare(epochSession()), { verb: 'PUT' })))
  const renewed = await sessions.create(timeoutSession({ withKey: true }))
  for (let n = 0; n < 3; n += 1) {
    clock.advance(500)
    await sessions.keepAlive({ by: 'id', id: renewed.id }, {})
    t.ok(await sign(renewed))
  }
})

t.test('a record that was edited does not sign, and the client learns nothing of it', async (t) => {
  const { sessions, store } = coreWithKeys()
  const other = await sessions.create(epochSession({ expiration: 30n }))
  const session = await sessions.create(epochSession())
  const table: readonly (readonly [string, (session: Session) => Session])[] = [
    ['another owner', (s) => ({ ...s, owner: OWNER.map((byte) => byte + 1) })],
    ['no owner', (s) => ({ ...s, owner: undefined })],
    ['a later expiry', (s) => ({ ...s, lifetime: other.lifetime })],
    [
      'a lifetime without an end',
      (s) => ({
        ...s,
        lifetime: { kind: 'timeout', timeout_ns: 2n ** 63n - 1n, renewedAt: 0n, edge: 'inclusive', expiry: 'lazy' },
      }),
    ],
    ['another id', (s) => ({ ...s, id: other.id })],
    ['the key of another session', (s) => ({ ...s, key: other.key })],
    ['a key without a private half', (s) => ({ ...s, key: s.key && { ...s.key, sealed: new Uint8Array(0) } })],
  ]
  const ref: SessionRef = { by: 'id', id: session.id }
  for (const [what, edit] of table) {
    store.edit = edit
    const fault = await sessions.sign(ref, DATA, 0).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (!(fault instanceof SessionError)) throw new Error(`${what}: it signed, or failed otherwise`)
    t.match(fault, { code: 'internal', message: 'internal error' }, what)
    t.same(fault.details, {})
    t.ok(fault.cause instanceof SealError, 'the cause is for the log')
  }
  store.edit = (s) => ({ ...s, id: 'not an id' })
  await t.rejects(sessions.sign(ref, DATA, 0), { code: 'internal', message: 'internal error' })
  store.edit = (s) => s
  t.ok(isValid(session, await sessions.sign(ref, DATA, 0)), 'and without the edit it does')
})
