import t from 'tap'
import { type Gate, gateOf, type Version } from '../../../src/adapters/v2/policy.js'
import { Responder } from '../../../src/adapters/v2/response.js'
import { GatewayKey } from '../../../src/crypto/gateway-key.js'
import { CreateResponse, CreateResponseBody } from '../../../src/generated/v2/session.js'
import { decode, WireError } from '../../../src/wire/index.js'
import { ManualEpochs } from '../../support/manual-epochs.js'
import { hexOf } from '../../support/vectors.js'

const TYPE = { message: CreateResponse, body: CreateResponseBody }
const BODY = CreateResponseBody.create({ id: new Uint8Array(16), sessionKey: new Uint8Array(33) })

/** Signatures have a random nonce, so one that comes again was kept. */
function responses() {
  const responder = new Responder(GatewayKey.generate(), new ManualEpochs(5n))
  const signatures = (bytes: Uint8Array) => {
    const response = decode(CreateResponse, bytes)
    if (response instanceof WireError || response.verifyHeader === undefined) throw new Error('not signed')
    const { metaSignature, originSignature } = response.verifyHeader
    return { meta: hexOf(metaSignature?.sign ?? BODY.id), origin: hexOf(originSignature?.sign ?? BODY.id) }
  }
  const gate = (version: Version | undefined): Gate => gateOf(version)
  return {
    success: (version: Version | undefined) => signatures(responder.success(TYPE, BODY, version, gate(version))),
    failure: (version: Version, message: string) =>
      signatures(responder.failure(TYPE, { code: 1024, message }, version, gate(version))),
  }
}

t.test('the meta header of a success is signed once for each version that exists', async (t) => {
  const { success } = responses()
  const versions = [undefined, ...Array.from({ length: 22 }, (_, minor) => ({ major: 2, minor }))]
  const first = versions.map((version) => success(version).meta)
  t.strictSame(
    versions.map((version) => success(version).meta),
    first,
  )
  t.equal(new Set(first).size, 22, 'no version is 2.0')
})

t.test('what clients can vary pushes nothing out', async (t) => {
  const { success, failure } = responses()
  const version = { major: 2, minor: 15 }
  const kept = success(version)
  const others = new Set<string>()
  for (let i = 0; i < 100; i++) {
    others.add(failure(version, `text ${i}`).meta).add(success({ major: 1, minor: i }).meta)
  }
  t.equal(others.size, 200)
  t.strictSame(success(version), kept)
  t.not(failure(version, 'text').meta, failure(version, 'text').meta, 'a failure is signed each time')
})
