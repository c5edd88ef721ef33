import t from 'tap'
import { type Detection, type Dialect, detect } from '../../src/adapters/detect.js'
import { readCreate } from '../../src/adapters/v2/codec.js'
import { DEFAULT_NESTING } from '../../src/wire/index.js'
import { FirstMessages, invalidOwner, type Owners, validOwner } from '../support/first-messages.js'
import { SeededRandom } from '../support/seeded-random.js'
import { bytesOf, hexOf, type V1Vector, v1File } from '../support/vectors.js'

type Test = import('tap').Test

const GENERATION = {
  A0: 'v1-legacy',
  A1: 'v1-legacy',
  A2: 'v1-legacy',
  A3: 'v1-legacy',
  B: 'v1-legacy',
  C: 'v1',
  Cx: 'v1',
  D: 'v1',
  E1: 'v1',
  E2: 'v1',
} as const satisfies Record<Dialect, string>

const DIALECTS: readonly Dialect[] = ['A0', 'A1', 'A2', 'A3', 'B', 'C', 'Cx', 'D', 'E1', 'E2']
const MESSAGES_EACH = 10_000

t.test('every first message of the vectors is taken for its dialect, with a reason', async (t) => {
  const first = v1File().vectors.filter(isFirst)
  t.equal(first.length, 182, 'none is left out')
  for (const { name, hex, path, expect } of first) {
    const expected = expect?.detectedDialect ?? null
    if (expected === 'F0') {
      // Another path; only the body tells it from the releases.
      t.equal(path, '/neo.fs.v2.session.SessionService/Create', name)
      t.equal(readCreate(bytesOf(hex), DEFAULT_NESTING).dialect, 'F0', name)
      continue
    }
    const detection = detect(bytesOf(hex))
    t.not(detection.reason, '', `${name}: has a reason`)
    t.ok(agrees(detection, expected), `${name}: ${detection.dialect} (${detection.reason}), expected ${expected}`)
    if (detection.dialect === undefined) continue
    t.equal(detection.generation, GENERATION[detection.dialect], `${name}: generation`)
  }
})

t.test('a third step that comes first is found out', async (t) => {
  for (const { name, hex, step } of v1File().vectors.filter(isFirst)) {
    const detection = detect(bytesOf(hex))
    if (detection.dialect === undefined) continue
    const bothMembers = name === 'neg-init-and-signed-a2'
    t.equal(detection.signedFirst, step === 'signed' || bothMembers, name)
  }
})

t.test('no dialect is taken for another', async (t) => {
  for (const dialect of DIALECTS) {
    t.test(dialect, async (t) => holdsFor(t, dialect, validOwner, MESSAGES_EACH))
  }
})

t.test('nor when only the length of the owner id can tell', async (t) => {
  for (const dialect of DIALECTS) {
    t.test(dialect, async (t) => holdsFor(t, dialect, invalidOwner, MESSAGES_EACH / 10))
  }
})

t.test('bytes at random are refused or taken for something, and nothing throws', async (t) => {
  const random = new SeededRandom(11)
  const seen = new Set<string>()
  for (let n = 0; n < 20_000; n++) {
    const detection = detect(random.bytes(random.below(80)))
    if (detection.reason === '') t.fail('a detection without a reason')
    seen.add(detection.dialect ?? detection.fault)
  }
  t.ok(seen.has('malformed') && seen.has('invalid'), 'both kinds of refusal come up')
})

/** Requests that open a conversation; the others follow an Init. */
function isFirst({ message, expect }: V1Vector): boolean {
  return message === 'request' && expect?.detectedDialect !== undefined && expect.precededBy === undefined
}

function agrees({ dialect }: Detection, expected: string | null): boolean {
  if (expected === null) return dialect === undefined
  return dialect !== undefined && expected.split(' or ').includes(dialect)
}

function holdsFor(t: Test, dialect: Dialect, owners: Owners, count: number): void {
  const messages = new FirstMessages(new SeededRandom(DIALECTS.indexOf(dialect) + 1), owners)
  const wrong: string[] = []
  for (let n = 0; n < count; n++) {
    const made = messages.next(dialect)
    const detection = detect(made.bytes)
    if (detection.dialect === made.dialect && !detection.signedFirst) continue
    wrong.push(`${made.dialect} taken for ${detection.dialect} (${detection.reason}): ${hexOf(made.bytes)}`)
  }
  t.same(wrong.slice(0, 3), [], `${count - wrong.length} of ${count} right`)
}
