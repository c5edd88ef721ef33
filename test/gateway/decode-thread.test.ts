import t from 'tap'
import { type DecodeAnswer, DecodeThread, type DecodeThreadLimits } from '../../src/gateway/decode-thread.js'
import { eventually } from '../support/eventually.js'

const LIMITS: DecodeThreadLimits = { waiting: 3, timeout_ms: 60_000, idle_ms: 60_000 }
/** Fits nothing, and takes a while. */
const LONG = '0a00'.repeat(30_000)

function json(answer: DecodeAnswer): unknown {
  return 'json' in answer ? JSON.parse(answer.json) : answer
}

t.test('bytes are explained, one input after the other', async (t) => {
  const thread = new DecodeThread(LIMITS)
  const answers = await Promise.all([
    thread.ask({ bytes: '0a00' }),
    thread.ask({ bytes: 'CgA=' }),
    thread.ask({ bytes: 'x' }),
  ])
  t.match(answers.slice(0, 2).map(json), [{ input: { form: 'hex', size: 2 } }, { input: { form: 'base64', size: 2 } }])
  t.match(answers[2], { member: 'bytes', refused: String })
  t.match(await thread.ask({ bytes: '0a00', path: '/no.such/Path' }), { member: 'path', refused: /\/no\.such\/Path/ })
  await thread.close()
})

t.test('too many at once, and what takes too long, are refused; the next one is answered', async (t) => {
  const thread = new DecodeThread({ ...LIMITS, timeout_ms: 1 })
  const asked = Array.from({ length: 6 }, () => thread.ask({ bytes: LONG }))
  const answers = await Promise.allSettled(asked)
  t.match(
    answers.slice(4),
    Array.from({ length: 2 }, () => ({
      reason: { code: 'decoder_busy', message: /3 inputs wait/, limit: 'admin.limits.decodesWaiting' },
    })),
  )
  for (const answer of answers.slice(0, 4))
    t.match(answer, {
      reason: { code: 'decoder_busy', message: /longer than 1 ms/, limit: 'admin.limits.decodeTimeout' },
    })
  await thread.close()
  const patient = new DecodeThread(LIMITS)
  t.match(json(await patient.ask({ bytes: LONG })), { decoded: Boolean })
  await patient.close()
})

t.test('whoever waits when the gateway stops is told', async (t) => {
  const thread = new DecodeThread(LIMITS)
  const asked = [thread.ask({ bytes: LONG }), thread.ask({ bytes: LONG })]
  const closed = thread.close()
  for (const one of asked) await t.rejects(one, { code: 'decoder_busy', message: 'the gateway stops' })
  await closed
})

t.test('a thread that nobody asks goes, and another one comes', async (t) => {
  const thread = new DecodeThread({ ...LIMITS, idle_ms: 1 })
  t.match(json(await thread.ask({ bytes: '0a00' })), { input: { size: 2 } })
  t.ok(await eventually(() => !thread.isThere))
  t.match(json(await thread.ask({ bytes: '0a00' })), { input: { size: 2 } })
  await thread.close()
})
