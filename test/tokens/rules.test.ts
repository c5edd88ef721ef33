import t, { type Test } from 'tap'
import { SignatureVerifier } from '../../src/crypto/schemes.js'
import { OwnerID, Signature } from '../../src/generated/v2/refs.js'
import {
  ContainerSessionContext,
  SessionTokenBodyTokenLifetime,
  SessionTokenV2,
  Target,
  TokenLifetime,
} from '../../src/generated/v2/token.js'
import { checkToken, type RuleName, type TokenContext, toJson } from '../../src/tokens/index.js'
import {
  ALICE,
  BOB,
  bytesOfV2,
  CAROL,
  CONTAINER,
  chainOf,
  containerId,
  OBJECT,
  OTHER_CONTAINER,
  OTHER_OBJECT,
  objectContext,
  SESSION,
  sessionToken,
  tokenV2,
  user,
  verbsIn,
} from '../support/made-tokens.js'

const verifier = new SignatureVerifier()

type Row = readonly [
  what: string,
  token: Uint8Array,
  context: TokenContext,
  failed: readonly RuleName[],
  answer?: object,
]

async function holds(t: Test, rows: readonly Row[]): Promise<void> {
  for (const [what, token, context, failed, answer] of rows) {
    const report = await checkToken(token, { verifier, ...context })
    const { rules, failed: names } = toJson(report)
    t.strictSame(names, failed, `${what}: ${JSON.stringify(rules.filter(({ outcome }) => outcome === 'failed'))}`)
    t.equal(report.valid, failed.length === 0, what)
    if (answer !== undefined)
      t.match(
        rules.find(({ rule }) => rule === failed[0]),
        answer,
        what,
      )
  }
}

t.test('SessionToken: what it has to have', (t) => {
  const lifetime = (exp: bigint, nbf: bigint, iat: bigint) => SessionTokenBodyTokenLifetime.create({ exp, nbf, iat })
  const containers = (changes: Partial<ContainerSessionContext>) => ({
    object: undefined,
    container: ContainerSessionContext.create({ verb: 2, ...changes }),
  })
  const strict = { strict: true }
  return holds(t, [
    ['as it should be', sessionToken(), {}, []],
    ['as it should be, strictly', sessionToken(), strict, []],
    ['scheme 0', sessionToken({}, ALICE, 0), {}, []],
    ['scheme 2', sessionToken({}, ALICE, 2), {}, []],
    [
      'no id',
      sessionToken({ id: new Uint8Array(0) }),
      {},
      ['id'],
      { genuine: [{ status: 1028, message: 'invalid session token: missing session ID' }, { status: 1024 }] },
    ],
    ['an id of 17 bytes', sessionToken({ id: new Uint8Array(17) }), {}, ['id'], { why: /got 17 bytes, takes 16/ }],
    ['an id of zeros', sessionToken({ id: new Uint8Array(16) }), {}, ['id'], { why: /version 0/ }],
    ['no owner', sessionToken({ ownerId: undefined }), {}, ['issuer_id']],
    [
      'an owner of 24 bytes',
      sessionToken({ ownerId: OwnerID.create({ value: new Uint8Array(24) }) }),
      {},
      ['issuer_id'],
    ],
    ['of somebody else', sessionToken({ ownerId: OwnerID.create({ value: BOB.owner }) }), {}, ['issuer']],
    ['signed by somebody else', sessionToken({}, BOB), {}, ['issuer'], { why: /its signer is N/ }],
    ['no session key', sessionToken({ sessionKey: new Uint8Array(0) }), {}, ['session_key']],
    ['a session key that is no point', sessionToken({ sessionKey: new Uint8Array(33) }), {}, []],
    ['the same, strictly', sessionToken({ sessionKey: new Uint8Array(33) }), strict, ['session_key']],
    ['no lifetime', sessionToken({ lifetime: undefined }), { epoch: 15n }, ['lifetime']],
    ['begins after its end', sessionToken({ lifetime: lifetime(5n, 6n, 0n) }), {}, []],
    ['the same, strictly', sessionToken({ lifetime: lifetime(5n, 6n, 0n) }), strict, ['lifetime_order']],
    ['issued after its end, strictly', sessionToken({ lifetime: lifetime(5n, 0n, 6n) }), strict, ['lifetime_order']],
    ['all in one epoch, strictly', sessionToken({ lifetime: lifetime(5n, 5n, 5n) }), strict, []],
    ['no verb', sessionToken({ object: objectContext(0, CONTAINER) }), {}, []],
    ['the same, strictly', sessionToken({ object: objectContext(0, CONTAINER) }), strict, ['verb_known']],
    ['no context', sessionToken({ object: undefined }), {}, ['context']],
    ['no container', sessionToken({ object: objectContext(1) }), {}, ['context']],
    ['a container of 31 bytes', sessionToken({ object: objectContext(1, new Uint8Array(31)) }), {}, ['context']],
    [
      'an object of 33 bytes',
      sessionToken({ object: objectContext(1, CONTAINER, [OBJECT, new Uint8Array(33)]) }),
      {},
      ['context'],
      { why: 'objects: got 33 bytes, takes 32' },
    ],
    ['for every container', sessionToken(containers({ wildcard: true })), {}, []],
    ['for one container', sessionToken(containers({ containerId: containerId(CONTAINER) })), {}, []],
    ['for no container', sessionToken(containers({})), {}, ['context']],
  ])
})

t.test('SessionToken: epochs around every edge', (t) => {
  const lifetime = SessionTokenBodyTokenLifetime.create({ exp: 20n, nbf: 10n, iat: 12n })
  const token = sessionToken({ lifetime })
  const at = (epoch: bigint): TokenContext => ({ epoch })
  const early = { genuine: [{ message: 'malformed request: token is invalid at 9 epoch)' }] }
  return holds(t, [
    ['before both', token, at(9n), ['not_before', 'issued_at'], early],
    ['begun, not yet issued', token, at(10n), ['issued_at']],
    ['one before it is issued', token, at(11n), ['issued_at']],
    ['issued', token, at(12n), []],
    ['one before the last', token, at(19n), []],
    ['the last', token, at(20n), []],
    ['one after the last', token, at(21n), ['expiration'], { genuine: [{ status: 4097 }, {}] }],
  ])
})

t.test('SessionToken: verbs, containers, objects and keys of requests', (t) => {
  const put = sessionToken()
  const hashes = sessionToken({ object: objectContext(7, CONTAINER) })
  const deletes = sessionToken({ object: objectContext(5, CONTAINER, [OBJECT]) })
  const gets = sessionToken({ object: objectContext(2, CONTAINER, [OBJECT]) })
  const container = ContainerSessionContext.create({ verb: 2, containerId: containerId(CONTAINER) })
  const ofContainer = sessionToken({ object: undefined, container })
  const everywhere = ContainerSessionContext.create({ verb: 1, wildcard: true })
  const ofAll = sessionToken({ object: undefined, container: everywhere })
  return holds(t, [
    ['PUT', put, { operation: 'OBJECT_PUT' }, []],
    [
      'PUT for GET',
      put,
      { operation: 'OBJECT_GET' },
      ['verb'],
      { genuine: [{ status: 2048 }, { status: 1028 }, { status: 1024 }] },
    ],
    ['PUT for HEAD', put, { operation: 'OBJECT_HEAD' }, ['verb']],
    ['GET for HEAD', gets, { operation: 'OBJECT_HEAD' }, []],
    ['GET for RANGE', gets, { operation: 'OBJECT_RANGE' }, ['verb']],
    ['DELETE for SEARCH', deletes, { operation: 'OBJECT_SEARCH' }, []],
    [
      'RANGEHASH for RANGE',
      hashes,
      { operation: 'OBJECT_RANGE' },
      ['verb'],
      { why: /v0\.41 – v0\.52 and storage node v0\.29 – v0\.40 took it$/ },
    ],
    [
      'DELETE for PUT',
      deletes,
      { operation: 'OBJECT_PUT' },
      ['verb'],
      { why: /; storage node v0\.29 – v0\.40 took it$/ },
    ],
    ['objects for containers', put, { operation: 'CONTAINER_PUT' }, ['verb']],
    ['containers for objects', ofContainer, { operation: 'OBJECT_PUT' }, ['verb']],
    ['DELETE of containers', ofContainer, { operation: 'CONTAINER_DELETE' }, []],
    ['DELETE of containers for SETEACL', ofContainer, { operation: 'CONTAINER_SETEACL' }, ['verb']],
    ['the container', put, { container: CONTAINER }, []],
    [
      'another container',
      put,
      { container: OTHER_CONTAINER },
      ['container'],
      { genuine: [{ message: 'requested container is not related to the session' }] },
    ],
    ['its container', ofContainer, { container: CONTAINER }, []],
    ['not its container', ofContainer, { container: OTHER_CONTAINER }, ['container']],
    ['any container', ofAll, { container: OTHER_CONTAINER, operation: 'CONTAINER_PUT' }, []],
    ['any object', put, { objects: [OTHER_OBJECT] }, []],
    ['its object', gets, { objects: [OBJECT] }, []],
    ['one that is not its object', gets, { objects: [OBJECT, OTHER_OBJECT] }, ['object']],
    ['objects are not compared for DELETE', deletes, { objects: [OTHER_OBJECT] }, []],
    ['its key', put, { key: SESSION.public }, []],
    ['another key', put, { key: BOB.public }, ['object_signer'], { genuine: [{ message: /object's signer/ }] }],
    ['anybody may send it', put, { owner: CAROL.owner }, []],
  ])
})

t.test('SessionTokenV2: what each token has to have', (t) => {
  const made = (changes: Parameters<typeof tokenV2>[0]) => bytesOfV2(tokenV2(changes))
  const lifetime = (exp: bigint, nbf: bigint, iat: bigint) => TokenLifetime.create({ exp, nbf, iat })
  const ids = (count: number) => Array.from({ length: count }, (_, index) => new Uint8Array(32).fill(index + 1))
  const named = (nnsName: string) => Target.create({ nnsName })
  const times = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
  return holds(t, [
    ['as it should be', made({}), {}, []],
    ['as it should be, strictly', made({}), { strict: true }, []],
    ['version 1', made({ version: 1 }), {}, ['version']],
    ['1024 bytes of data', made({ appdata: new Uint8Array(1024) }), {}, []],
    ['1025 bytes of data', made({ appdata: new Uint8Array(1025) }), {}, ['app_data']],
    ['no issuer', made({ issuer: undefined }), {}, ['issuer_id']],
    ['no subjects', made({ subjects: [] }), {}, ['subjects']],
    ['8 subjects', made({ subjects: Array<Target>(8).fill(user(BOB.owner)) }), {}, []],
    ['9 subjects', made({ subjects: Array<Target>(9).fill(user(BOB.owner)) }), {}, ['subjects']],
    [
      'an empty subject',
      made({ subjects: [user(BOB.owner), Target.create()] }),
      {},
      ['subjects'],
      { why: /subjects\[1\]/ },
    ],
    ['an empty name', made({ subjects: [named('')] }), {}, ['subjects']],
    ['a subject that is no account', made({ subjects: [user(new Uint8Array(25))] }), {}, ['subjects']],
    ['no lifetime', made({ lifetime: undefined }), { time_s: 5n }, ['lifetime']],
    ['no time of issue', made({ lifetime: lifetime(9n, 8n, 0n) }), {}, []],
    ['begins after its end', made({ lifetime: lifetime(9n, 10n, 1n) }), {}, ['lifetime_order']],
    ['issued after its end', made({ lifetime: lifetime(9n, 1n, 10n) }), {}, ['lifetime_order']],
    ['no contexts', made({ contexts: [] }), {}, ['context']],
    ['16 contexts', made({ contexts: ids(16).map((id) => verbsIn(id, 1)) }), {}, []],
    ['17 contexts', made({ contexts: ids(17).map((id) => verbsIn(id, 1)) }), {}, ['context']],
    ['a container of 31 bytes', made({ contexts: [verbsIn(new Uint8Array(31).fill(1), 1)] }), {}, ['context']],
    ['a container twice', made({ contexts: [verbsIn(CONTAINER, 1), verbsIn(CONTAINER, 2)] }), {}, ['context']],
    [
      'containers out of order',
      made({ contexts: [verbsIn(OTHER_CONTAINER, 1), verbsIn(CONTAINER, 1)] }),
      {},
      ['context'],
    ],
    ['the wildcard as zeros', made({ contexts: [verbsIn(new Uint8Array(32), 1), verbsIn(CONTAINER, 2)] }), {}, []],
    ['the wildcard last', made({ contexts: [verbsIn(CONTAINER, 2), verbsIn(undefined, 1)] }), {}, ['context']],
    ['no verbs', made({ contexts: [verbsIn(CONTAINER)] }), {}, ['verbs']],
    ['12 verbs', made({ contexts: [verbsIn(CONTAINER, ...times(12))] }), {}, []],
    ['13 verbs', made({ contexts: [verbsIn(CONTAINER, ...times(13))] }), {}, ['verbs']],
    ['a verb twice', made({ contexts: [verbsIn(CONTAINER, 2, 2)] }), {}, ['verbs']],
    ["the wildcard's verbs", made({ contexts: [verbsIn(undefined, 1), verbsIn(CONTAINER, 1)] }), {}, ['verbs']],
    ['a verb that nobody knows', made({ contexts: [verbsIn(CONTAINER, 1, 99)] }), {}, []],
    ['the same, strictly', made({ contexts: [verbsIn(CONTAINER, 1, 99)] }), { strict: true }, ['verb_known']],
    ['not signed', bytesOfV2(SessionTokenV2.create({ body: tokenV2().body })), {}, ['signed']],
    [
      'signed for an account of the chain',
      bytesOfV2(
        SessionTokenV2.create({
          body: tokenV2().body,
          signature: Signature.create({ key: BOB.public, sign: BOB.public, scheme: 3 }),
        }),
      ),
      {},
      ['signature', 'issuer'],
      { why: /scheme 3 \(N3\), which only a node of the chain can verify/ },
    ],
  ])
})

t.test('SessionTokenV2: seconds around every edge, verbs, containers, accounts', (t) => {
  const lifetime = TokenLifetime.create({ exp: 2000n, nbf: 1000n, iat: 1002n })
  const token = bytesOfV2(tokenV2({ lifetime }))
  const mixed = bytesOfV2(tokenV2({ contexts: [verbsIn(undefined, 3), verbsIn(CONTAINER, 1, 8)] }))
  const byName = bytesOfV2(tokenV2({ subjects: [Target.create({ nnsName: 'node1.neofs' })] }))
  const at = (time_s: bigint): TokenContext => ({ time_s })
  return holds(t, [
    ['before both', token, at(999n), ['not_before', 'issued_at']],
    ['begun, not yet issued', token, at(1000n), ['issued_at']],
    ['one before it is issued', token, at(1001n), ['issued_at']],
    ['issued', token, at(1002n), []],
    ['one before the last', token, at(1999n), []],
    ['the last', token, at(2000n), []],
    [
      'one after the last',
      token,
      at(2001n),
      ['expiration'],
      { genuine: [{ status: 4097 }], why: /after 1970-01-01T00:33:20Z/ },
    ],
    ['an epoch is no time', token, { epoch: 1n }, []],
    ['a verb of the wildcard', mixed, { operation: 'OBJECT_HEAD', container: CONTAINER }, []],
    ['a verb of the container', mixed, { operation: 'OBJECT_PUT', container: CONTAINER }, []],
    [
      'a verb of the container elsewhere',
      mixed,
      { operation: 'OBJECT_PUT', container: OTHER_CONTAINER },
      ['verb'],
      { genuine: [{ status: 2048 }] },
    ],
    ['a verb of any container', mixed, { operation: 'CONTAINER_PUT' }, []],
    ['a verb of none', mixed, { operation: 'CONTAINER_DELETE' }, ['verb']],
    ['a container of none', token, { container: OTHER_CONTAINER }, ['container']],
    ['a subject sends it', token, { owner: SESSION.owner, key: SESSION.public }, []],
    ['nobody of it', token, { owner: BOB.owner }, ['requester']],
    ['signed by nobody of it', token, { key: BOB.public }, ['object_signer']],
    [
      'by a name',
      byName,
      { owner: BOB.owner },
      ['requester'],
      { why: /unless the name service has it under "node1\.neofs"$/ },
    ],
  ])
})

t.test('SessionTokenV2: delegation', (t) => {
  const lifetime = (exp: bigint, nbf: bigint, iat = 1000n) => TokenLifetime.create({ exp, nbf, iat })
  /** Alice to Bob, Bob to the session's key. */
  const delegated = (
    top: Parameters<typeof tokenV2>[0],
    origin: Parameters<typeof tokenV2>[0] = {},
    signer = BOB,
  ): Uint8Array => bytesOfV2(tokenV2(top, { signer, origin: tokenV2({ subjects: [user(BOB.owner)], ...origin }) }))
  const wide = { contexts: [verbsIn(undefined, 1, 2), verbsIn(CONTAINER, 1)] }
  const changed = chainOf(3)
  if (changed.origin?.origin?.body !== undefined) changed.origin.origin.body.appdata = Uint8Array.of(1)
  const lost = chainOf(3)
  if (lost.origin !== undefined) lost.origin.signature = undefined
  return holds(t, [
    ['once', delegated({}), {}, []],
    ['by a stranger', delegated({}, {}, CAROL), {}, ['delegation_issuer']],
    [
      'by one who is known by name',
      delegated({}, { subjects: [Target.create({ nnsName: 'bob.neofs' })] }),
      {},
      ['delegation_issuer'],
      { why: /"bob\.neofs"/ },
    ],
    ['from a final one', delegated({}, { final: true }), {}, ['delegation_final'], { at: 'origin' }],
    ['and final itself', delegated({ final: true }), {}, []],
    ['ends later', delegated({ lifetime: lifetime(2001n, 1000n) }), {}, ['delegation_lifetime']],
    ['begins earlier', delegated({ lifetime: lifetime(2000n, 999n) }), {}, ['delegation_lifetime']],
    ['issued earlier', delegated({ lifetime: lifetime(2000n, 1000n, 1n) }), {}, []],
    ['fewer verbs', delegated({ contexts: [verbsIn(CONTAINER, 2)] }), {}, []],
    ['more verbs', delegated({ contexts: [verbsIn(CONTAINER, 1, 2, 3)] }), {}, ['delegation_verbs']],
    ['another container', delegated({ contexts: [verbsIn(OTHER_CONTAINER, 1)] }), {}, ['delegation_verbs']],
    ['every container', delegated({ contexts: [verbsIn(undefined, 1)] }), {}, ['delegation_verbs']],
    ['by the wildcard', delegated({ contexts: [verbsIn(OTHER_CONTAINER, 2)] }, wide), {}, []],
    [
      'an entry of its own hides the wildcard',
      delegated({ contexts: [verbsIn(CONTAINER, 2)] }, wide),
      {},
      ['delegation_verbs'],
    ],
    ['4 times', bytesOfV2(chainOf(5)), {}, []],
    ['5 times', bytesOfV2(chainOf(6)), {}, ['chain_depth']],
    ['8 tokens', bytesOfV2(chainOf(8)), {}, ['chain_depth']],
    ['an origin is wrong', delegated({}, { version: 1 }), {}, ['version'], { at: 'origin' }],
    ['the innermost was changed', bytesOfV2(changed), {}, ['signature'], { at: 'origin.origin' }],
    ['an origin is not signed', bytesOfV2(lost), {}, ['signed'], { at: 'origin' }],
  ])
})

t.test('a chain that is too long costs no signature', async (t) => {
  for (const [levels, length] of [
    [undefined, 9],
    [undefined, 60],
    [2, 3],
  ] as const) {
    const counting = new SignatureVerifier()
    const limits = levels === undefined ? {} : { levels }
    const report = await checkToken(bytesOfV2(chainOf(length)), { verifier: counting, limits })
    t.strictSame(toJson(report).failed, ['chain_depth'], `${length} levels`)
    const looked = report.rules.filter(({ rule, outcome }) => rule === 'signature' || outcome === 'passed')
    t.match(looked, [{ rule: 'size' }, { rule: 'form' }, { rule: 'signature', outcome: 'not_applicable' }])
    t.equal(counting.counts.publicKeys, 0, `${length} levels`)
  }
})
