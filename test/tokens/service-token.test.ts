import t from 'tap'
import { SignatureVerifier } from '../../src/crypto/schemes.js'
import { TokenLifetime } from '../../src/generated/v1/c/lifetime.js'
import { Token } from '../../src/generated/v1/c/verify.js'
import { CreateRequest } from '../../src/generated/v1/c.js'
import {
  checkToken,
  OPERATIONS,
  type Operation,
  type RuleName,
  type TokenContext,
  toJson,
} from '../../src/tokens/index.js'
import { decode, encode, WireError } from '../../src/wire/index.js'
import {
  ALICE,
  ALICE_NEO2,
  BOB,
  CONTAINER,
  OTHER_CONTAINER,
  SESSION,
  serviceToken,
  UUID_OBJECT,
} from '../support/made-tokens.js'
import { bytesOf, v1File } from '../support/vectors.js'

/** Tokens of dialect C, by the rules of nodes of v0.10 (neofs-v1 §3.3). */

const verifier = new SignatureVerifier()

async function failuresOf(token: Uint8Array, context: TokenContext = {}): Promise<readonly RuleName[]> {
  const report = await checkToken(token, { verifier, ...context })
  const json = toJson(report)
  t.equal(json.kind, 'service.Token')
  t.equal(json.valid, json.failed.length === 0)
  return json.failed
}

t.test('tokens that genuine clients made', async (t) => {
  const requests = v1File().vectors.filter(({ name }) => ['c10-with-token', 'c12-bearer-and-token'].includes(name))
  t.equal(requests.length, 2)
  for (const { name, hex } of requests) {
    const request = decode(CreateRequest, bytesOf(hex))
    const token = request instanceof WireError ? undefined : request.verify?.token
    if (token === undefined) throw new Error(`${name} has no token`)
    const bytes = encode(Token, token)
    t.strictSame(await failuresOf(bytes), [], name)
    t.strictSame(await failuresOf(bytes, { epoch: 9n, operation: 'OBJECT_SEARCH' }), [], name)
    t.strictSame(await failuresOf(bytes, { epoch: 10n }), ['expiration'], `${name}: an epoch too late`)
  }
})

t.test('what a token has to have', async (t) => {
  const lifetime = (created: bigint, validUntil: bigint) => TokenLifetime.create({ created, validUntil })
  const strict = { strict: true }
  const table: readonly (readonly [string, Uint8Array, TokenContext, readonly RuleName[]])[] = [
    ['as it should be', serviceToken(), {}, []],
    ['as it should be, strictly', serviceToken(), strict, []],
    ['an owner of 2020', serviceToken({ ownerID: ALICE_NEO2 }), strict, []],
    ['of somebody else', serviceToken({ ownerID: BOB.owner }), {}, ['issuer']],
    ['signed by somebody else', serviceToken({}, BOB), {}, ['signature']],
    ['without the key of its owner', serviceToken({ ownerKey: new Uint8Array(0) }), {}, ['owner_key']],
    ['the same, of somebody else', serviceToken({ ownerKey: new Uint8Array(0) }, BOB), {}, ['owner_key', 'issuer']],
    [
      'with a key that is none',
      serviceToken({ ownerKey: new Uint8Array(33) }),
      {},
      ['owner_key', 'issuer', 'signature'],
    ],
    ['begins after its end', serviceToken({ lifetime: lifetime(6n, 5n) }), {}, ['lifetime_order']],
    ['not a UUID', serviceToken({ id: new Uint8Array(16) }), {}, []],
    ['not a UUID, strictly', serviceToken({ id: new Uint8Array(16) }), strict, ['id']],
    ['no session key, strictly', serviceToken({ sessionKey: new Uint8Array(0) }), strict, ['session_key']],
    ['a verb that nobody knows, strictly', serviceToken({ verb: 9 }), strict, ['verb_known']],
    ['before it was made', serviceToken(), { epoch: 9n }, []],
    ['before it was made, strictly', serviceToken(), { epoch: 9n, ...strict }, ['issued_at']],
    ['one before its last epoch', serviceToken(), { epoch: 19n, ...strict }, []],
    ['in its last epoch', serviceToken(), { epoch: 20n }, []],
    ['one after its last epoch', serviceToken(), { epoch: 21n }, ['expiration']],
    ['its container and object', serviceToken(), { container: CONTAINER, objects: [UUID_OBJECT] }, []],
    ['another container', serviceToken(), { container: OTHER_CONTAINER }, ['container']],
    ['another object', serviceToken(), { objects: [new Uint8Array(16).fill(1)] }, ['object']],
    ['no address', serviceToken({ address: undefined }), { container: CONTAINER, objects: [UUID_OBJECT] }, []],
    ['sent by its owner', serviceToken(), { owner: ALICE.owner, key: SESSION.public }, []],
    ['sent by somebody else', serviceToken(), { owner: BOB.owner }, ['requester']],
    ['with another key', serviceToken(), { key: BOB.public }, ['object_signer']],
  ]
  for (const [what, token, context, failed] of table) t.strictSame(await failuresOf(token, context), failed, what)
})

t.test('requests that each verb lets be made', async (t) => {
  /** By the numbers of the verbs, from Put to RangeHash. */
  const spawned: Readonly<Partial<Record<Operation, readonly number[]>>> = {
    OBJECT_PUT: [0, 4],
    OBJECT_GET: [1],
    OBJECT_HEAD: [0, 1, 2, 5, 6],
    OBJECT_SEARCH: [0, 1, 2, 3, 4, 5, 6],
    OBJECT_DELETE: [4],
    OBJECT_RANGE: [1, 5],
    OBJECT_RANGEHASH: [6],
  }
  for (let verb = 0; verb < 7; verb++) {
    const token = serviceToken({ verb })
    const allowed: Operation[] = []
    for (const operation of OPERATIONS) {
      if ((await failuresOf(token, { operation })).length === 0) allowed.push(operation)
    }
    t.strictSame(
      allowed,
      OPERATIONS.filter((operation) => spawned[operation]?.includes(verb)),
      `verb ${verb}`,
    )
  }
})
