import t from 'tap'
import { WireError } from '../../src/wire/index.js'
import { v1CodecOf } from '../support/decoded-v1.js'
import { startUnderTest, withGateway } from '../support/gateway-under-test.js'
import { type Answer, POLICY_ANSWERS } from '../support/policy-answers.js'
import { chosenFor, initOf, runConversation, runV1 } from '../support/run-v1.js'
import { TRANSPORTS } from '../support/transports.js'
import { hexOf, type Tree, type V1Vector, v1File } from '../support/vectors.js'

/** Every request of neofs-v1.json over a real connection, with the policies of the product. */

const { vectors, transcripts, sequences } = v1File()
const requests = vectors.filter(({ message }) => message === 'request')

for (const transport of TRANSPORTS) {
  t.test(transport.name, async (t) => {
    t.test('every request is answered as the vectors say', async (t) => {
      t.equal(requests.length, 209)
      for (const vector of requests) {
        const { name, expect } = vector
        // A gateway of its own, since several vectors ask for the same id.
        await withGateway({ transport }, async (gateway) => {
          const run = await runV1(gateway, vector)
          t.equal(run.answer, expectedAnswer(vector), `${name}: answer (${run.message})`)
          const opens = run.answer === 'accepted' && vector.step !== 'init'
          const waits = run.answer === 'accepted' && vector.step === 'init'
          t.same(
            [run.opened, run.pending],
            [opens ? 1 : 0, waits ? 1 : 0],
            `${name}: sessions, and handshakes under way`,
          )
          if (expect?.grpcMessage !== undefined) t.equal(run.message, expect.grpcMessage, `${name}: message`)
          if (run.answer === 'accepted') t.same(differencesOf(vector, run.response), [], `${name}: the answer`)
          else t.equal(run.response, undefined, `${name}: nothing beside the error`)
          t.same(gateway.faults, [], `${name}: no fault of ours`)
        })
      }
    })

    t.test('whole handshakes are answered byte by byte', async (t) => {
      for (const transcript of transcripts) {
        const { name, steps, expect } = transcript
        await withGateway({ transport }, async (gateway) => {
          const { answer, messages, opened } = await runConversation(gateway, transcript)
          t.same(
            { answer, messages: messages.map(hexOf), opened },
            {
              answer: 'accepted',
              messages: steps.filter(({ from }) => from === 'server').map(({ hex }) => hex),
              opened: 1,
            },
            name,
          )
          const session = await gateway.sessions.find({ by: 'id', id: uuidOf(expect.session?.id ?? '') })
          t.equal(
            hexOf(session?.key?.publicKey ?? new Uint8Array(0)),
            expect.session?.key,
            `${name}: the session's key`,
          )
        })
      }
    })

    t.test('handshakes that go wrong', async (t) => {
      for (const sequence of sequences) {
        const { name, steps, expect } = sequence
        await withGateway({ transport }, async (gateway) => {
          const run = await runConversation(gateway, sequence)
          const opens = expect.outcome === 'accepted'
          t.equal(run.answer, opens ? 'accepted' : POLICY_ANSWERS[name]?.answer, `${name}: answer`)
          t.same(
            { opened: run.opened, pending: run.pending },
            { opened: opens ? 1 : 0, pending: 0 },
            `${name}: sessions`,
          )
          for (const [index, { hex }] of steps
            .filter(({ from, step }) => from === 'server' && STEPS.has(step))
            .entries()) {
            const message = run.messages[index]
            t.ok(message !== undefined, `${name}: message ${index}`)
            if (hex !== undefined && message !== undefined) t.equal(hexOf(message), hex, `${name}: message ${index}`)
          }
          t.same(gateway.faults, [], `${name}: no fault of ours`)
        })
      }
    })

    t.test('an owner of several keys is accepted where a key store vouches for them', async (t) => {
      const vector = requests.find(({ name }) => name === 'a0-two-owner-keys-signed')
      if (vector === undefined) throw new Error('the vector is gone')
      const { ownerNeo2 = '', publicKeys } = v1File().keys['owner+owner2'] ?? {}
      const folder = t.testdir({ 'keys.json': JSON.stringify({ [ownerNeo2]: publicKeys }) })
      const gateway = await startUnderTest(t, { transport, set: [`adapters.v1Legacy.keyStore=${folder}/keys.json`] })
      const run = await runV1(gateway, vector)
      t.same({ answer: run.answer, opened: run.opened }, { answer: 'accepted', opened: 1 }, vector.name)
    })
  })
}

/** Steps of the server that are messages. */
const STEPS = new Set(['unsigned', 'result', 'response'])

function expectedAnswer({ name, expect }: V1Vector): Answer | undefined {
  if (expect?.outcome === 'accepted') return 'accepted'
  if (expect?.outcome === 'rejected' && typeof expect.grpcCode === 'number') return `grpc ${expect.grpcCode}`
  return POLICY_ANSWERS[name]?.answer
}

/** What the answer says beside what it should: the token with what the server picks, or id and key of the session. */
function differencesOf(vector: V1Vector, response: Uint8Array | undefined): string[] {
  if (response === undefined) return ['no answer']
  const answer = v1CodecOf({ ...vector, message: 'response' })?.read(hexOf(response))
  if (answer === undefined || answer instanceof WireError) return [`unreadable: ${answer?.message}`]
  const wanted = wantedAnswer(vector)
  return Object.entries(wanted).flatMap(([name, value]) => {
    const found = JSON.stringify(answer.decoded[name])
    return found === JSON.stringify(value) ? [] : [`${name}: ${found}, expected ${JSON.stringify(value)}`]
  })
}

const OF_REQUEST = ['ttl', 'epoch', 'version', 'raw', 'signatureCount', 'unknownFields']

function wantedAnswer(vector: V1Vector): Tree {
  const { id } = chosenFor(vector)
  const chosen = { tokenId: id, sessionKey: sessionKeyOf(vector) }
  if (vector.step === 'single') return chosen
  const terms = Object.entries(vector.decoded ?? initOf(vector).decoded ?? {})
  const token = Object.fromEntries(terms.filter(([name]) => !OF_REQUEST.includes(name)))
  return vector.step === 'init' ? { ...token, ...chosen, oneof: 'unsigned' } : { ...token, oneof: 'result' }
}

function sessionKeyOf(vector: V1Vector): string | undefined {
  const { scalar } = chosenFor(vector)
  return Object.values(v1File().keys).find(({ d }) => d === scalar)?.publicKey
}

function uuidOf(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
