import t, { type Test } from 'tap'
import { LEGACY_DIALECTS, type LegacyDialect } from '../../../src/adapters/v1-legacy/policy.js'
import { GrpcCode } from '../../../src/transport/transport.js'
import { FixedKeyPairs } from '../../crypto/fixed-key-pairs.js'
import { legacyGateway } from '../../support/legacy-gateway.js'
import { readRequest, request, response } from '../../support/legacy-messages.js'
import { ManualEpochs } from '../../support/manual-epochs.js'
import { bytesOf, hexOf, type V1Conversation, type V1Vector, v1File } from '../../support/vectors.js'

/**
 * The golden vectors of the streaming dialects. With the id and the session key that the genuine server had, every byte of
 * an answer is known. What the protocol page leaves to policy was decided once, here.
 */

const { INVALID_ARGUMENT, INTERNAL, PERMISSION_DENIED, UNAUTHENTICATED } = GrpcCode

const file = v1File()
const NO_ID = '00'.repeat(16)

/** The code for each refusal whose code no reference prescribes, and for each outcome that is policy; 0 accepts. */
const CHOSEN: Readonly<Record<string, GrpcCode>> = {
  // TTL 0 is taken: no server is known to have minded on Create.
  'a1-unsigned-header-ttl0-init': 0,
  'a1-unsigned-header-ttl0-signed': 0,
  'a2-unsigned-header-ttl0-init': 0,
  'a2-unsigned-header-ttl0-signed': 0,
  'b-unsigned-header-ttl0-init': 0,
  'b-unsigned-header-ttl0-signed': 0,
  'a3-init-unsigned': 0,
  'section8-11': 0,
  'a0-two-owner-keys-signed': PERMISSION_DENIED,
  'neg-owner-zero-a0': INVALID_ARGUMENT,
  'neg-owner-zero-a2': INVALID_ARGUMENT,
  'neg-owner-zero-b': INVALID_ARGUMENT,
  'neg-epochs-swapped-a0': INVALID_ARGUMENT,
  'neg-epochs-swapped-a2': INVALID_ARGUMENT,
  'neg-epochs-swapped-b': INVALID_ARGUMENT,
  'neg-lifetime-over-a2': INVALID_ARGUMENT,
  'neg-signature-broken-a1': UNAUTHENTICATED,
  'neg-signature-second-broken-a2': UNAUTHENTICATED,
  'neg-signatures-swapped-a2': UNAUTHENTICATED,
  'neg-signature-of-other-content-a2': UNAUTHENTICATED,
  'neg-signature-broken-b': UNAUTHENTICATED,
  'neg-signed-first-a0': INVALID_ARGUMENT,
  'neg-signed-first-a2': INVALID_ARGUMENT,
  'neg-signed-first-b': INVALID_ARGUMENT,
  'neg-init-and-signed-a2': INVALID_ARGUMENT,
  'seq-signed-unknown-id': INVALID_ARGUMENT,
  'seq-token-signature-by-other': UNAUTHENTICATED,
  'seq-last-epoch-changed': INVALID_ARGUMENT,
  'seq-first-epoch-changed': INVALID_ARGUMENT,
  'seq-owner-changed': INVALID_ARGUMENT,
  'seq-object-added': INVALID_ARGUMENT,
  'seq-key-signature-missing': UNAUTHENTICATED,
  'seq-token-signature-missing': UNAUTHENTICATED,
  'seq-session-key-replaced': INVALID_ARGUMENT,
  'seq-owner-checksum-a2': PERMISSION_DENIED,
  'seq-init-twice': INVALID_ARGUMENT,
  'seq-half-close-after-init': 0,
  'seq-empty-second-message': INVALID_ARGUMENT,
  'seq-message-after-result': 0,
  'seq-signed-by-other-a0': PERMISSION_DENIED,
  'seq-other-key-everywhere-a1': PERMISSION_DENIED,
  'seq-token-signature-broken-b': UNAUTHENTICATED,
  'seq-session-key-replaced-b': INVALID_ARGUMENT,
  'seq-other-dialect-on-stream-a1': INVALID_ARGUMENT,
}

function legacy(name: string): LegacyDialect | undefined {
  return LEGACY_DIALECTS.find((dialect) => dialect === name)
}

/** A gateway at an epoch that gives its first session this id and this key. */
function gatewayOf(server: { id: string; scalar: string | undefined; epoch: string }) {
  const scalars = server.scalar === undefined ? [] : [bytesOf(server.scalar)]
  return legacyGateway({
    core: {
      epochs: new ManualEpochs(BigInt(server.epoch)),
      random: { bytes: () => bytesOf(server.id) },
      keyPairs: new FixedKeyPairs(scalars),
    },
  })
}

function epochOf({ name, expect }: V1Conversation): string {
  const init = file.vectors.find((vector) => vector.name === `${name}-init`)
  return expect.atEpoch ?? init?.expect?.atEpoch ?? '0'
}

for (const conversation of [...file.transcripts, ...file.sequences]) {
  const { name, dialect, server, steps, expect } = conversation
  t.test(name, async (t) => {
    const gateway = gatewayOf({ id: server.tokenId, scalar: server.sessionScalar, epoch: epochOf(conversation) })
    const call = gateway.call()
    let answered = 0
    for (const { from, step, hex } of steps) {
      if (from === 'client') {
        if (step === 'half-close') await call.halfClose()
        else await call.message(bytesOf(hex ?? ''))
      } else if (step === 'end') {
        t.equal(call.status?.code, GrpcCode.OK, 'the server ends the call')
      } else if (step === 'error') {
        t.equal(call.status?.code, CHOSEN[name], call.status?.message ?? '')
        t.not(call.status?.message, '')
      } else {
        const answer = call.sent[answered++]
        t.ok(answer, `${step} is answered at once`)
        if (hex !== undefined) t.equal(answer && hexOf(answer), hex, step)
      }
    }
    t.equal(call.sent.length, answered, 'nothing else is answered')

    const opened = steps.some(({ step }) => step === 'result')
    t.equal(opened, expect.outcome === 'accepted')
    t.same(await gateway.left(), [opened ? 1 : 0, 0, 0])
    if (opened) t.equal(call.status?.code, GrpcCode.OK, 'the server ends the call after Result')
    for (const session of await gateway.open()) {
      const { id, key, origin, owner } = session
      const init = readRequest(legacy(dialect) ?? 'A0', bytesOf(steps[0]?.hex ?? '')).init
      t.equal(id.replaceAll('-', ''), server.tokenId)
      t.equal(key && hexOf(key.publicKey), server.sessionKey)
      t.same(origin, { generation: 'v1-legacy', dialect, clientVersion: '' })
      t.equal(owner && hexOf(owner), init && hexOf(init.owner))
      const issuedAt = dialect === 'B' ? init?.firstEpoch : 0n
      t.same(session.lifetime, {
        kind: 'epochs',
        notBefore: init?.firstEpoch,
        issuedAt,
        expiration: init?.lastEpoch,
        edge: 'inclusive',
      })
    }
  })
}

/** Requests of the streaming dialects; some malformed ones belong to two. */
const requests = file.vectors.filter(
  ({ dialect, message, expect }) =>
    (legacy(dialect) !== undefined || dialect === 'A1/A2/B') && message === 'request' && expect !== undefined,
)
t.equal(requests.length, 96, 'all requests of these dialects')

for (const vector of requests) {
  const isThird = vector.step === 'signed' && vector.expect?.precededBy !== undefined
  t.test(vector.name, (t) => (isThird ? thirdStep(t, vector) : firstStep(t, vector)))
}

async function firstStep(t: Test, { name, dialect, hex, expect }: V1Vector): Promise<void> {
  const unsigned = file.vectors.find(
    (each) => each.step === 'unsigned' && each.name === name.replace(/init$/, 'unsigned'),
  )
  const known = unsigned === undefined ? undefined : response(legacy(dialect) ?? 'A0', bytesOf(unsigned.hex)).unsigned
  const id = known === undefined ? '0f0e0d0c0b0a49088706050403020100' : hexOf(known.id)
  const gateway = gatewayOf({ id, scalar: scalarOf(known?.sessionKey), epoch: expect?.atEpoch ?? '0' })
  const call = gateway.call()
  await call.message(bytesOf(hex))

  const code = codeOf(name, expect)
  if (code !== 0) {
    t.same(call.answers, [code], call.status?.message ?? '')
    if (code === INTERNAL)
      t.match(call.status?.message, /^(grpc: failed to unmarshal the received message field \w|session request: )/)
    t.same(await gateway.left(), [0, 0, 0])
    return
  }
  t.same(call.status, undefined, 'the call goes on')
  t.equal(call.sent.length, 1, 'one answer')
  t.same(await gateway.left(), [0, 1, 1], 'nothing is stored yet')
  const [answer] = call.sent
  if (answer === undefined) return
  if (unsigned !== undefined) t.equal(hexOf(answer), unsigned.hex)
  const as = gateway.observed.seen[0]?.dialect
  t.equal(as, expect?.detectedDialect, 'taken for this dialect')
  const read = legacy(as ?? '')
  if (read === undefined) return
  const echo = response(read, answer).unsigned
  const init = readRequest(read, bytesOf(hex)).init
  t.same(echo, { ...init, id: bytesOf(id), sessionKey: echo?.sessionKey }, 'echoes Init')
  t.equal(echo?.sessionKey.length, 33)
}

/** Signed after an unsigned Init for the same token; the third message is what is looked at. */
async function thirdStep(t: Test, { name, dialect, hex, expect }: V1Vector): Promise<void> {
  const spoken = legacy(dialect) ?? 'A0'
  const { signed } = readRequest(spoken, bytesOf(hex))
  if (signed === undefined) throw new Error(`${name} is no Signed`)
  const empty = new Uint8Array(0)
  const token = { ...signed, id: bytesOf(NO_ID), sessionKey: empty, keySignature: empty, signature: empty }
  const gateway = gatewayOf({
    id: hexOf(signed.id),
    scalar: scalarOf(signed.sessionKey),
    epoch: expect?.atEpoch ?? '0',
  })
  const call = gateway.call()
  await call.message(request(spoken, 'init', token))
  t.equal(call.sent.length, 1, 'Unsigned')
  await call.message(bytesOf(hex))

  const code = codeOf(name, expect)
  t.equal(call.status?.code, code, call.status?.message ?? '')
  t.same(await gateway.left(), [code === 0 ? 1 : 0, 0, 0])
  if (code !== 0) return
  // Both have the token in field 2, and the response nothing else.
  const result = call.sent[1] ?? empty
  t.ok(result.length > 2 && hex.startsWith(hexOf(result)), 'Result is the signed token')
}

/** The code that ends the call; 0 if the message is accepted. */
function codeOf(name: string, expect: V1Vector['expect']): GrpcCode {
  if (expect?.outcome === 'accepted') return GrpcCode.OK
  const code = Object.values(GrpcCode).find((each) => each === expect?.grpcCode) ?? CHOSEN[name]
  if (code === undefined) throw new Error(`no code was chosen for ${name}`)
  return code
}

/** The private half of a session key that any of the recorded servers had. */
function scalarOf(publicKey: Uint8Array | undefined): string | undefined {
  const servers = [...file.transcripts, ...file.sequences].map(({ server }) => server)
  const known = servers.find(({ sessionKey }) => publicKey !== undefined && sessionKey === hexOf(publicKey))
  return known?.sessionScalar
}
