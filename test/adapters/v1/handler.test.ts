import t from 'tap'
import { SHARED_PATH } from '../../../src/adapters/shared-path.js'
import { ownerIdsOf } from '../../../src/crypto/owner-id.js'
import { generateKeyPair } from '../../../src/crypto/private-key.js'
import { TokenLifetime as Created } from '../../../src/generated/v1/c/lifetime.js'
import * as verifyOfC from '../../../src/generated/v1/c/verify.js'
import * as c from '../../../src/generated/v1/c.js'
import { TokenLifetime as CreatedOfD } from '../../../src/generated/v1/d2/lifetime.js'
import { RequestMetaHeader as MetaOfD } from '../../../src/generated/v1/d2/service.js'
import * as d2 from '../../../src/generated/v1/d2.js'
import { TokenLifetime as ExpNbfIat } from '../../../src/generated/v1/e2/service.js'
import * as e2 from '../../../src/generated/v1/e2.js'
import { OwnerID } from '../../../src/generated/v1/refs.js'
import { GrpcCode } from '../../../src/transport/transport.js'
import { encode } from '../../../src/wire/index.js'
import { startUnderTest } from '../../support/gateway-under-test.js'
import { unary } from '../../support/grpc-client.js'

const { publicKey } = generateKeyPair()
const owner = ownerIdsOf(publicKey)[0]?.owner ?? new Uint8Array(25)
const FOREVER = 2n ** 64n - 1n

function requestOfC(signature?: Uint8Array): Uint8Array {
  const signatures =
    signature === undefined
      ? []
      : [verifyOfC.RequestVerificationHeaderSignature.create({ sign: signature, peer: publicKey })]
  return encode(
    c.CreateRequest,
    c.CreateRequest.create({
      ownerID: owner,
      lifetime: Created.create({ validUntil: FOREVER }),
      verify: verifyOfC.RequestVerificationHeader.create({ signatures }),
    }),
  )
}

function requestOfD(value: Uint8Array, created: bigint, validUntil: bigint, ttl = 2): Uint8Array {
  return encode(
    d2.CreateRequest,
    d2.CreateRequest.create({
      ownerId: OwnerID.create({ value }),
      lifetime: CreatedOfD.create({ created, validUntil }),
      metaHeader: MetaOfD.create({ ttl }),
    }),
  )
}

function requestOfE2(exp: bigint, nbf: bigint, iat: bigint): Uint8Array {
  const body = e2.CreateRequestBody.create({
    ownerId: OwnerID.create({ value: owner }),
    lifetime: ExpNbfIat.create({ exp, nbf, iat }),
  })
  return encode(e2.CreateRequest, e2.CreateRequest.create({ body }))
}

t.test('whose owner id: a key proves it only if it signed', async (t) => {
  const zeros = new Uint8Array(65)
  const rows: [set: string[], request: Uint8Array, code: number][] = [
    [[], requestOfC(zeros), GrpcCode.OK],
    [['adapters.v1.ownerCheck=on'], requestOfC(zeros), GrpcCode.UNAUTHENTICATED],
    [['adapters.v1.ownerCheck=on'], requestOfC(), GrpcCode.PERMISSION_DENIED],
    [['adapters.v1.ownerCheck=on', 'adapters.v1.signatures=off'], requestOfC(zeros), GrpcCode.UNAUTHENTICATED],
  ]
  for (const [set, request, code] of rows) {
    const gateway = await startUnderTest(t, { set })
    t.equal((await unary(gateway.address, SHARED_PATH, request)).code, code, set.join())
  }
})

t.test('shapes and lifetimes that no session can have, where no genuine server is known', async (t) => {
  const gateway = await startUnderTest(t, { epoch: 1n })
  const rows: [what: string, request: Uint8Array, code: number][] = [
    ['D', requestOfD(owner, 1n, 100n), GrpcCode.OK],
    ['D that ends before it begins', requestOfD(owner, 100n, 99n), GrpcCode.INVALID_ARGUMENT],
    ['D of one epoch', requestOfD(owner, 100n, 100n), GrpcCode.OK],
    ['D with an owner of 24 bytes', requestOfD(owner.subarray(1), 1n, 100n), GrpcCode.INVALID_ARGUMENT],
    ['D with an owner of 24 bytes, no ttl', requestOfD(owner.subarray(1), 1n, 100n, 0), GrpcCode.INVALID_ARGUMENT],
    ['E2', requestOfE2(100n, 1n, 1n), GrpcCode.OK],
    ['E2 that ends before it begins', requestOfE2(10n, 100n, 1n), GrpcCode.INVALID_ARGUMENT],
    ['E without an issue epoch: either order', requestOfE2(10n, 100n, 0n), GrpcCode.OK],
  ]
  for (const [what, request, code] of rows) {
    const { code: answered, message } = await unary(gateway.address, SHARED_PATH, request)
    t.equal(answered, code, `${what}: ${message}`)
  }
})

t.test('what E announces is seen', async (t) => {
  const gateway = await startUnderTest(t)
  await unary(gateway.address, SHARED_PATH, requestOfE2(100n, 1n, 1n))
  t.same(
    gateway.observed.seen.map(({ dialect, version }) => [dialect, version]),
    [['E2', '']],
  )
})
