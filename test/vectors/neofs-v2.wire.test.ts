import t from 'tap'
import { stringify as uuidText } from 'uuid'
import type { Session } from '../../src/core/session.js'
import { type GatewayUnderTest, startUnderTest } from '../support/gateway-under-test.js'
import { type Answer, POLICY_ANSWERS } from '../support/policy-answers.js'
import { faultsOfResponse, runV2, type V2Run } from '../support/run-v2.js'
import { TRANSPORTS } from '../support/transports.js'
import { hexOf, type V2Vector, v2File } from '../support/vectors.js'

/** Every request of neofs-v2.json over a real connection, with the policies of the product. */

const UNIMPLEMENTED: Answer = 'grpc 12'
/** The call was reset. */
const NO_STATUS: Answer = 'grpc -1'

const { vectors } = v2File()
const requests = vectors.filter(({ message }) => message === 'request')

for (const transport of TRANSPORTS) {
  t.test(transport.name, async (t) => {
    t.test('every Create is answered as the vectors say', async (t) => {
      const gateway = await startUnderTest(t, { transport })
      const creates = requests.filter(({ type }) => type === 'CreateRequest')
      t.equal(creates.length, 244)
      for (const vector of creates) {
        const { name, expect } = vector
        const run = await runV2(gateway, vector)
        t.equal(run.answer, expectedAnswer(vector), `${name}: answer (${run.message})`)
        t.equal(run.opened, run.answer === 'accepted' ? 1 : 0, `${name}: sessions opened`)
        t.same(await faultsOf(gateway, vector, run), [], `${name}: the answer`)
        if (run.answer !== 'accepted') t.not(run.message, '', `${name}: says why`)
        if (expect.outcome !== 'rejected' || expect.grpcCode === 13) continue
        const ours = REASONS.find(([theirs]) => theirs.test(expect.reason))?.[1]
        t.ok(ours?.test(run.message), `${name}: says ${run.message}, the vector ${expect.reason}`)
      }
      t.same(gateway.faults, [], 'no fault of ours')
    })

    t.test('what clients call around Create is not served yet', async (t) => {
      const gateway = await startUnderTest(t, { transport })
      for (const vector of requests.filter(({ type }) => type !== 'CreateRequest')) {
        const run = await runV2(gateway, vector)
        t.same({ answer: run.answer, opened: run.opened }, { answer: UNIMPLEMENTED, opened: 0 }, vector.name)
      }
    })

    t.test('a session lives up to its expiration', async (t) => {
      const gateway = await startUnderTest(t, { transport })
      for (const vector of requests.filter(({ decoded }) => decoded?.['effectiveExpiration'] !== undefined)) {
        const run = await runV2(gateway, vector)
        if (run.answer !== 'accepted') continue
        const expiration = BigInt(String(vector.decoded?.['effectiveExpiration']))
        const isAlive = expiration > gateway.epochs.current()
        const session = await sessionOf(gateway, run)
        t.equal(session !== undefined, isAlive, `${vector.name}: alive`)
        if (session?.lifetime.kind === 'epochs')
          t.equal(session.lifetime.expiration, expiration, `${vector.name}: expiration`)
      }
    })

    t.test('a path without its slash', async (t) => {
      const gateway = await startUnderTest(t, { transport })
      const vectors = requests.filter(({ pathOnWire }) => pathOnWire !== undefined)
      t.equal(vectors.length, 3)
      for (const vector of vectors) {
        const run = await runV2(gateway, vector, vector.pathOnWire)
        const served = transport.missingSlash === 'served'
        t.same([run.answer, run.opened], served ? ['accepted', 1] : [NO_STATUS, 0], vector.name)
      }
    })
  })
}

function expectedAnswer({ name, expect }: V2Vector): Answer | undefined {
  if (expect.outcome === 'accepted') return 'accepted'
  if (expect.outcome === 'policy') return POLICY_ANSWERS[name]?.answer
  return expect.status === null ? `grpc ${expect.grpcCode ?? -1}` : `status ${expect.status}`
}

/** What the response is not that it should be: signed or not by the version line, with status or not, and complete. */
async function faultsOf(gateway: GatewayUnderTest, vector: V2Vector, run: V2Run): Promise<string[]> {
  const { expect, decoded } = vector
  const { response } = run
  if (response === undefined) return []
  const faults = faultsOfResponse(response, gateway.gatewayKey.publicKey)
  const { body, metaHeader, verifyHeader } = response
  if ((verifyHeader !== undefined) !== expect.responseSigned) faults.push(`signed: ${verifyHeader !== undefined}`)
  const hasStatus = metaHeader?.status !== undefined
  if (hasStatus !== (run.answer !== 'accepted')) faults.push(`has a status: ${hasStatus}`)
  if (metaHeader?.epoch !== gateway.epochs.current()) faults.push(`epoch ${metaHeader?.epoch}`)
  if (run.answer !== 'accepted') return body === undefined ? faults : [...faults, 'a body beside the status']
  if (body?.id.length !== 16 || body.sessionKey.length !== 33) return [...faults, 'no id or key']
  const expiration = BigInt(String(decoded?.['effectiveExpiration'] ?? '0'))
  // What is over already is accepted, and never found again.
  if (expiration <= gateway.epochs.current()) return faults
  const session = await sessionOf(gateway, run)
  const key = session?.key?.publicKey ?? new Uint8Array(0)
  return hexOf(key) === hexOf(body.sessionKey) ? faults : [...faults, 'the session has another key, or is not there']
}

async function sessionOf(gateway: GatewayUnderTest, { response }: V2Run): Promise<Session | undefined> {
  const id = response?.body?.id
  return id === undefined ? undefined : gateway.sessions.find({ by: 'id', id: uuidText(id) })
}

/** The vectors' reasons, and how the SDK and we say it. */
const REASONS: readonly (readonly [theirs: RegExp, ours: RegExp])[] = [
  [/missing verification header/, /missing verification header/],
  [/number of verification headers/, /incorrect number of verification headers/],
  [/missing meta signature/, /missing meta header's signature/],
  [/missing body signature/, /missing body signature/],
  [/missing origin signature/, /missing verification header's origin signature/],
  [/body signature at an outer level/, /body signature is set in non-origin verification header/],
  [/missing public key/, /missing public key/],
  [/decode public key: invalid prefix/, /decode public key from binary: invalid prefix \d/],
  [/decode public key: bad length/, /decode public key from binary: (?:unexpected EOF|extra data)/],
  [/decode public key/, /decode public key from binary: encoded point is not on the P256 curve/],
  [/unsupported scheme (\d+)/, /unsupported scheme \d+/],
  [/signature form/, /signature form/],
  [/signature mismatch/, /signature mismatch/],
  [/missing account/, /missing account/],
  [/invalid length/, /invalid length \d+, expected 25/],
  [/invalid prefix byte/, /invalid prefix byte/],
  [/checksum mismatch/, /checksum mismatch/],
]
