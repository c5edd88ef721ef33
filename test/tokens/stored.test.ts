import t from 'tap'
import type { SessionRef } from '../../src/core/session.js'
import { SignatureVerifier } from '../../src/crypto/schemes.js'
import { ContainerSessionContext } from '../../src/generated/v2/token.js'
import {
  checkToken,
  type FoundSession,
  OPERATIONS,
  type RuleName,
  type TokenContext,
  toJson,
} from '../../src/tokens/index.js'
import {
  ALICE,
  BOB,
  bytesOfV2,
  CAROL,
  SESSION,
  serviceToken,
  sessionToken,
  tokenV2,
  user,
} from '../support/made-tokens.js'

/** The session that a token names, in what a store says of it. */

const verifier = new SignatureVerifier()

function stored(changes: Partial<FoundSession> = {}): FoundSession {
  return {
    id: '0188d5a4-9c1e-4a71-8f3e-0123456789ab',
    owner: ALICE.owner,
    publicKey: SESSION.public,
    lifetime: { kind: 'epochs', notBefore: 10n, issuedAt: 10n, expiration: 20n, edge: 'exclusive' },
    end: undefined,
    ...changes,
  }
}

async function failuresOf(
  token: Uint8Array,
  session: FoundSession | undefined,
  context: TokenContext = {},
): Promise<readonly RuleName[]> {
  const sessions = { name: 'the store', find: () => session }
  return toJson(await checkToken(token, { verifier, sessions, ...context })).failed
}

const ENDED_AT = { endedAt_ms: 1_600_000_000_000 }
const CLOSED: FoundSession['end'] = { reason: 'closed', endedBy: 'client', ...ENDED_AT }
const EXPIRED: FoundSession['end'] = { reason: 'expired', endedBy: 'expiry', ...ENDED_AT }

t.test('tokens that name a session by its id', async (t) => {
  const table: readonly (readonly [string, FoundSession | undefined, TokenContext, readonly RuleName[]])[] = [
    ['open', stored(), {}, []],
    ['open, in its last epoch but one', stored(), { epoch: 19n }, []],
    ['open, in its exclusive last epoch', stored(), { epoch: 20n }, ['stored_lifetime']],
    ['closed', stored({ end: CLOSED }), {}, ['stored_state']],
    ['expired', stored({ end: EXPIRED }), { epoch: 19n }, ['stored_state']],
    ['not there', undefined, { epoch: 19n }, ['stored_session']],
    ["another owner's", stored({ owner: BOB.owner }), {}, ['stored_owner']],
    ["of no owner's", stored({ owner: undefined }), {}, []],
    ['with another key', stored({ publicKey: BOB.public }), {}, ['stored_key']],
    ['with no key', stored({ publicKey: undefined }), {}, []],
    ['with a timeout', stored({ lifetime: { kind: 'timeout' } }), { epoch: 20n }, []],
    ['not needed to read', undefined, { operation: 'OBJECT_GET' }, ['verb']],
    ['needed to write', undefined, { operation: 'OBJECT_PUT' }, ['stored_session']],
  ]
  for (const [what, session, context, failed] of table) {
    t.strictSame(await failuresOf(sessionToken(), session, context), failed, `SessionToken: ${what}`)
    t.strictSame(await failuresOf(serviceToken(), session, context), failed, `service.Token: ${what}`)
  }
  const inclusive = stored({
    lifetime: { kind: 'epochs', notBefore: 0n, issuedAt: 0n, expiration: 20n, edge: 'inclusive' },
  })
  t.strictSame(await failuresOf(sessionToken(), inclusive, { epoch: 20n }), [], 'open, in its inclusive last epoch')
})

t.test('a SessionTokenV2 names sessions by the accounts of their keys', async (t) => {
  const token = bytesOfV2(tokenV2({ subjects: [user(BOB.owner), user(CAROL.owner), user(SESSION.owner)] }))
  const asked: SessionRef[] = []
  const sessions = {
    name: 'the store',
    async find(ref: SessionRef) {
      asked.push(ref)
      if (ref.by !== 'account') return undefined
      if (Buffer.compare(ref.account, BOB.owner) === 0) return stored({ end: CLOSED })
      return Buffer.compare(ref.account, SESSION.owner) === 0 ? stored() : undefined
    },
  }
  const report = toJson(await checkToken(token, { verifier, sessions }))
  t.strictSame(report.failed, [], 'one that is open counts')
  t.strictSame(
    asked,
    [BOB, CAROL, SESSION].map(({ owner }) => ({ by: 'account', account: owner })),
  )
  t.strictSame(await failuresOf(token, stored({ end: CLOSED })), ['stored_state'])
  t.strictSame(await failuresOf(token, undefined), ['stored_session'])
  t.strictSame(await failuresOf(token, undefined, { operation: 'OBJECT_GET' }), [])
})

t.test('nobody is asked in vain', async (t) => {
  const container = ContainerSessionContext.create({ verb: 1, wildcard: true })
  const tokens = [
    sessionToken({ id: new Uint8Array(15) }),
    sessionToken({ object: undefined, container }),
    bytesOfV2(tokenV2({ subjects: [] })),
    bytesOfV2(tokenV2({ subjects: [user(new Uint8Array(24)), user(new Uint8Array(50_000))] })),
  ]
  const sessions = {
    name: 'the store',
    find(): undefined {
      t.fail('asked')
    },
  }
  for (const token of tokens) await checkToken(token, { verifier, sessions })
  for (const operation of OPERATIONS.filter((name) => !['OBJECT_PUT', 'OBJECT_DELETE'].includes(name))) {
    await checkToken(sessionToken(), { verifier, sessions, operation })
  }
})

t.test('a store that fails is the caller’s affair', async (t) => {
  const sessions = {
    name: 'the store',
    async find(): Promise<FoundSession> {
      throw new Error('no answer')
    },
  }
  await t.rejects(checkToken(sessionToken(), { sessions }), /no answer/)
})
