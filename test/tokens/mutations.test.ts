import t from 'tap'
import { SignatureVerifier } from '../../src/crypto/schemes.js'
import {
  checkToken,
  OPERATIONS,
  RULE_NAMES,
  render,
  TOKEN_KINDS,
  TOKEN_LIMITS,
  type TokenContext,
  toJson,
} from '../../src/tokens/index.js'
import {
  ALICE,
  bytesOfV2,
  CONTAINER,
  chainOf,
  OBJECT,
  SESSION,
  serviceToken,
  sessionToken,
  tokenV2,
  user,
  verbsIn,
} from '../support/made-tokens.js'
import { Mutations } from '../support/mutations.js'
import { atomixFile, bytesOf, hexOf, v1File, v2File } from '../support/vectors.js'

const RUNS = 2000

const whole = [...v2File().tokens.map(({ hex }) => bytesOf(hex)), sessionToken(), serviceToken(), bytesOfV2(chainOf(4))]
const verifier = new SignatureVerifier()

/** Everything that can be asked. */
const ALL: TokenContext = {
  epoch: 15n,
  time_s: 1500n,
  operation: 'OBJECT_PUT',
  container: CONTAINER,
  objects: [OBJECT],
  owner: ALICE.owner,
  key: SESSION.public,
  strict: true,
  sessions: { name: 'the store', find: () => undefined },
}

t.test(`${RUNS} damaged tokens get an answer`, async (t) => {
  const mutations = new Mutations(2026, whole)
  let validCount = 0
  for (let run = 0; run < RUNS; run++) {
    const bytes = mutations.next()
    const name = hexOf(bytes)
    try {
      const context = mutations.pick([{}, ALL, { ...ALL, operation: mutations.pick(OPERATIONS) }])
      const report = await checkToken(bytes, { verifier, ...context })
      if (report.valid) validCount++
      const json = toJson(report)
      t.strictSame(JSON.parse(JSON.stringify(json)), json, `${name}: plain JSON`)
      const names = report.rules.map(({ rule }) => rule)
      if (new Set(names).size !== names.length) t.fail(`${name}: a rule twice`)
      if (names.some((rule) => !RULE_NAMES.includes(rule))) t.fail(`${name}: a rule without a name`)
      if (names[0] !== 'size') t.fail(`${name}: no first rule`)
      const text = render(report)
      if (/undefined|\[object|NaN/.test(text)) t.fail(`${name}: ${text}`)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: nothing that a terminal would act on
      if (/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(text)) t.fail(`${name}: control characters`)
    } catch (error) {
      t.fail(`${name}: ${error instanceof Error ? error.stack : error}`)
    }
  }
  // What a signature does not cover may change, and a token may be cut at its end by nothing.
  t.ok(validCount < RUNS / 5, `${validCount} are valid`)
})

t.test('messages that are no tokens are not valid', async (t) => {
  const messages = [v1File().vectors, v2File().vectors, atomixFile().vectors].flat()
  for (const { name, hex } of messages) {
    const bytes = bytesOf(hex)
    const { valid, rules } = await checkToken(bytes, { verifier })
    t.notOk(valid, name)
    t.equal(rules[0]?.outcome, bytes.length > TOKEN_LIMITS.bytes ? 'failed' : 'passed', name)
  }
})

t.test('each kind answers by the same rules, whatever is asked', async (t) => {
  const tokens = [serviceToken(), sessionToken(), bytesOfV2(tokenV2())]
  for (const [index, token] of tokens.entries()) {
    const least = await checkToken(token)
    const most = await checkToken(token, ALL)
    t.equal(least.kind, TOKEN_KINDS[index])
    t.strictSame(
      least.rules.map(({ rule }) => rule),
      most.rules.map(({ rule }) => rule),
    )
    const cut = await checkToken(token.subarray(0, token.length - 1))
    t.match(toJson(cut), { valid: false, kind: least.kind, failed: ['form'] })
    t.strictSame(
      cut.rules.map(({ rule }) => rule),
      least.rules.map(({ rule }) => rule),
      'of a token that does not decode, too',
    )
  }
})

t.test('sizes around the limit', async (t) => {
  const token = sessionToken()
  for (const [bytes, failed] of [
    [token.length, []],
    [token.length - 1, ['size']],
  ] as const) {
    const report = await checkToken(token, { limits: { bytes } })
    t.strictSame(toJson(report).failed, failed, `${bytes} bytes`)
  }
  t.match(toJson(await checkToken(new Uint8Array(TOKEN_LIMITS.bytes + 1))), { valid: false, failed: ['size'] })
  t.match(toJson(await checkToken(new Uint8Array(0))), { valid: false, failed: ['form'] })
})

t.test('tokens that are full of contexts, verbs and subjects', async (t) => {
  const many = (count: number, first: number) =>
    Array.from({ length: count }, (_, index) => verbsIn(Uint8Array.of(first, index >> 8, index & 255), 1))
  const verbs = Array.from({ length: 15_000 }, (_, index) => index % 128)
  const subjects = Array.from({ length: 900 }, () => user(ALICE.owner))
  for (const [top, origin] of [
    [{ contexts: many(2_500, 1) }, { contexts: many(2_500, 2) }],
    [{ contexts: [verbsIn(CONTAINER, ...verbs)] }, { contexts: [verbsIn(CONTAINER, ...verbs, 200)] }],
    [{ subjects }, { subjects }],
  ]) {
    const token = bytesOfV2(tokenV2(top, { origin: tokenV2(origin) }))
    t.ok(token.length > TOKEN_LIMITS.bytes / 3 && token.length <= TOKEN_LIMITS.bytes, `${token.length} bytes`)
    const report = await checkToken(token, { verifier, ...ALL })
    t.match(report, { kind: 'SessionTokenV2', valid: false })
    t.ok(render(report).length < 10_000)
  }
})
