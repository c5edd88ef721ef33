import t from 'tap'
import { Access, digestOf, type Need, type Token } from '../../src/admin/access.js'
import { Problem } from '../../src/admin/problem.js'
import type { Role } from '../../src/config/token-spec.js'

const token = (text: string, ...roles: Role[]): Token => ({
  name: `file ${text}`,
  roles: new Set(roles),
  digest: digestOf(text),
})

function answer(access: Access, need: Need, authorization: string | undefined): string {
  try {
    access.check(need, authorization)
    return 'ok'
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem
    return problem.code
  }
}

t.test('what a header has to be', async (t) => {
  const access = new Access([
    token('reads', 'read'),
    token('does-all', 'read', 'operate', 'sign'),
    token('a+b/c==', 'sign'),
  ])
  const table: readonly (readonly [need: Need, header: string | undefined, expected: string])[] = [
    ['nothing', undefined, 'ok'],
    ['nothing', 'Bearer unknown', 'ok'],
    ['read', undefined, 'ok'],
    ['read', 'Bearer unknown', 'unauthorized'],
    ['operate', undefined, 'unauthorized'],
    ['operate', '', 'unauthorized'],
    ['operate', 'Bearer', 'unauthorized'],
    ['operate', 'Bearer ', 'unauthorized'],
    ['operate', 'does-all', 'unauthorized'],
    ['operate', 'Basic does-all', 'unauthorized'],
    ['operate', 'Bearer does-all x', 'unauthorized'],
    ['operate', 'Bearer does-all,reads', 'unauthorized'],
    ['operate', 'Bearer DOES-ALL', 'unauthorized'],
    ['operate', 'bearer  does-all', 'ok'],
    ['operate', 'BEARER does-all', 'ok'],
    ['operate', 'Bearer reads', 'forbidden'],
    ['sign', 'Bearer a+b/c==', 'ok'],
    ['read', 'Bearer a+b/c==', 'forbidden'],
  ]
  for (const [need, header, expected] of table) t.equal(answer(access, need, header), expected, `${need}: ${header}`)
})

t.test('without tokens nothing can be changed, and the refusal says so', async (t) => {
  const access = new Access([])
  t.equal(answer(access, 'read', undefined), 'ok')
  t.throws(() => access.check('operate', undefined), { message: /none is configured/ })
})

t.test('other tokens replace those before', async (t) => {
  const access = new Access([token('before', 'operate')])
  access.use([token('after', 'operate')])
  t.equal(answer(access, 'operate', 'Bearer before'), 'unauthorized')
  t.equal(answer(access, 'operate', 'Bearer after'), 'ok')
})

t.test('who watches is told of other tokens, and what became of one', async (t) => {
  const [first, second] = [token('first', 'read'), token('second', 'read')]
  const access = new Access([first, second])
  let told = 0
  const stop = access.watch(() => {
    told += 1
  })
  t.equal(access.current(first), first)
  const moved = { ...first, name: 'elsewhere' }
  access.use([moved])
  t.equal(told, 1)
  t.equal(access.current(first), moved, 'the same text, wherever it is kept')
  t.equal(access.current(second), undefined)
  t.equal(access.find('first'), moved)
  t.equal(access.find('second'), undefined)
  stop()
  access.use([])
  t.equal(told, 1)
})
