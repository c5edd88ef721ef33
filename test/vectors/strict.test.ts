import t from 'tap'
import Type from 'typebox'
import { GatewayKey } from '../../src/crypto/gateway-key.js'
import { OwnerID, Signature, Version } from '../../src/generated/v2/refs.js'
import {
  CreateRequest,
  CreateRequestBody,
  RequestMetaHeader,
  RequestVerificationHeader,
} from '../../src/generated/v2/session.js'
import { encode } from '../../src/wire/index.js'
import { startUnderTest, withGateway } from '../support/gateway-under-test.js'
import { runV1 } from '../support/run-v1.js'
import { runV2 } from '../support/run-v2.js'
import { bytesOf, hexOf, load, v1File, v2File } from '../support/vectors.js'

/** Every request vector with `--strict`, against a table that says for each what strictness changes and why. */

const Rows = Type.Record(Type.String(), Type.Object({ answer: Type.String(), why: Type.Optional(Type.String()) }))
const expected = load('strict-outcomes', Type.Object({ 'neofs-v1': Rows, 'neofs-v2': Rows }))

const v1Requests = v1File().vectors.filter(({ message }) => message === 'request')
const v2Creates = v2File().vectors.filter(({ type }) => type === 'CreateRequest')

t.test('the table has a row for every request, and no other', async (t) => {
  t.same(Object.keys(expected['neofs-v1']), namesOf(v1Requests))
  t.same(Object.keys(expected['neofs-v2']), namesOf(v2Creates))
})

t.test('requests before v2', async (t) => {
  for (const vector of v1Requests) {
    const { name, step } = vector
    await withGateway({ strict: true }, async (gateway) => {
      const { answer, message, opened } = await runV1(gateway, vector)
      const row = expected['neofs-v1'][name]
      t.equal(answer, row?.answer, `${name}: ${row?.why ?? 'as without --strict'} (${message})`)
      t.equal(opened, answer === 'accepted' && step !== 'init' ? 1 : 0, `${name}: sessions opened`)
    })
  }
})

t.test('requests of v2', async (t) => {
  const gateway = await startUnderTest(t, { strict: true })
  for (const vector of v2Creates) {
    const { answer, message, opened } = await runV2(gateway, vector)
    const row = expected['neofs-v2'][vector.name]
    t.equal(answer, row?.answer, `${vector.name}: ${row?.why ?? 'as without --strict'} (${message})`)
    t.equal(opened, answer === 'accepted' ? 1 : 0, `${vector.name}: sessions opened`)
  }
})

t.test('from 2.25 on, a key below the top level proves nothing about the owner', async (t) => {
  const gateway = await startUnderTest(t, { strict: true, epoch: 1n })
  const [owner] = v2File().keys
  if (owner === undefined) throw new Error('the vectors have no key')
  const ownerKey = GatewayKey.parse(owner.private)
  const stranger = GatewayKey.generate()

  const body = CreateRequestBody.create({ ownerId: OwnerID.create({ value: bytesOf(owner.owner) }), expiration: 100n })
  const metaHeader = RequestMetaHeader.create({ version: Version.create({ major: 2, minor: 25 }), ttl: 2 })
  const request = (key: GatewayKey, origin?: RequestVerificationHeader) => {
    const verifyHeader = RequestVerificationHeader.create({
      bodySignature: Signature.create({ key: key.publicKey, sign: key.sign(0, encode(CreateRequestBody, body)) }),
      metaSignature: Signature.create({ key: key.publicKey, sign: key.sign(0, encode(RequestMetaHeader, metaHeader)) }),
      origin,
    })
    return hexOf(encode(CreateRequest, CreateRequest.create({ body, metaHeader, verifyHeader })))
  }
  const claimed = RequestVerificationHeader.create({
    bodySignature: Signature.create({ key: ownerKey.publicKey, sign: new Uint8Array(65) }),
  })

  const [vector] = v2Creates
  if (vector === undefined) throw new Error('there are no vectors')
  const send = async (hex: string) =>
    (await runV2(gateway, { ...vector, hex, expect: { ...vector.expect, atEpoch: '1' } })).answer
  t.equal(await send(request(ownerKey)), 'accepted', "the owner's own signature")
  t.equal(await send(request(stranger)), 'status 2048', "a stranger's")
  t.equal(await send(request(stranger, claimed)), 'status 2048', "a stranger's, with the owner's key below it")
})

function namesOf(vectors: readonly { readonly name: string }[]): string[] {
  return vectors.map(({ name }) => name)
}
