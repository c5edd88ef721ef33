import t from 'tap'
import { Access, digestOf, type Token } from '../../src/admin/access.js'
import { Logins } from '../../src/admin/logins.js'
import type { Role } from '../../src/config/token-spec.js'
import { ManualClock } from '../support/manual-clock.js'

const token = (role: Role): Token => ({ name: role, roles: new Set([role]), digest: digestOf(`token-of-${role}`) })
const [reader, operator, signer] = [token('read'), token('operate'), token('sign')]
const TOKENS = [reader, operator, signer]

function logins() {
  const clock = new ManualClock()
  const access = new Access(TOKENS)
  const hits: string[] = []
  const kept = new Logins({
    access,
    clock,
    limits: { open: 3, lifetime_ms: 1000 },
    onLimit: (limit) => void hits.push(limit),
  })
  return { clock, access, hits, kept }
}

t.test('a login is found by its value, which nobody can guess, until its time is over', async (t) => {
  const { clock, kept } = logins()
  const { value, login } = kept.begin(reader)
  t.match(value, /^[\w-]{43}$/, '256 bits')
  t.notMatch(
    JSON.stringify(login, (_, one) => (one instanceof Set ? [...one] : one)),
    value,
  )
  t.equal(login.expiresAt_ms, clock.wallTime() + 1000)
  t.not(kept.begin(reader).value, value)
  t.same(kept.find([value]), login)
  t.same(kept.find(['', 'x', value]), login, 'whichever of several it is')
  t.equal(kept.find([]), undefined)
  t.equal(kept.find([login.id]), undefined, 'not by its digest')
  clock.advance(999)
  t.equal(kept.isOpen(login), true)
  clock.advance(1)
  t.equal(kept.isOpen(login), false)
  t.equal(kept.find([value]), undefined)
})

t.test('it ends by itself, with its token, and for another one where there are too many', async (t) => {
  const { access, clock, hits, kept } = logins()
  const [a, b, c] = [kept.begin(reader), kept.begin(operator), kept.begin(signer)]
  kept.end(b.login)
  t.equal(kept.find([b.value]), undefined)
  t.equal(kept.size, 2)
  kept.begin(reader)
  t.same(hits, [])
  kept.begin(reader)
  t.same(hits, ['admin.limits.logins'])
  t.equal(kept.find([a.value]), undefined, 'the oldest made room')
  access.use([operator])
  t.equal(kept.find([c.value]), undefined)
  t.equal(kept.size, 0)
  access.use(TOKENS)
  t.equal(kept.find([c.value]), undefined, 'a token that comes back brings no login back')
  const d = kept.begin(signer)
  access.use([{ ...signer, name: 'elsewhere', roles: new Set(['read'] as const) }])
  t.match(kept.find([d.value]), { token: { name: 'elsewhere', roles: new Set(['read']) } }, 'its token as it is now')
  clock.advance(1000)
  for (let n = 0; n < 3; n += 1) kept.begin(signer)
  t.equal(kept.size, 3, 'what is over is no limit')
  t.same(hits, ['admin.limits.logins'])
})
