import fc from 'fast-check'
import t from 'tap'
import { Databases, parseDatabase } from '../../../src/companions/atomix/databases.js'

const bytes = (text: string) => new TextEncoder().encode(text)
const named = (name: string, namespace = '') => ({ name: bytes(name), namespace: bytes(namespace) })

t.test('where every name is a database', async (t) => {
  const databases = new Databases('any')
  const names = fc.uint8Array({ minLength: 1, maxLength: 20 })
  fc.assert(fc.property(names, fc.uint8Array(), (name, namespace) => databases.has({ name, namespace })))
  t.notOk(databases.has(named('', 'ns')), 'but no name is none')
  for (const namespace of ['', 'ns']) {
    t.same(databases.in(bytes(namespace)), [{ name: Buffer.from('default'), namespace: bytes(namespace) }])
  }
  for (const listed of databases.in(bytes('ns'))) t.ok(databases.has(listed), 'what is listed is there')
})

t.test('those that are named', async (t) => {
  const databases = new Databases([
    { namespace: 'ns', name: 'db' },
    { namespace: undefined, name: 'everywhere' },
  ])
  const table: readonly (readonly [name: string, namespace: string, there: boolean])[] = [
    ['db', 'ns', true],
    ['db', '', false],
    ['db', 'other', false],
    ['d', 'ns', false],
    ['db\0', 'ns', false],
    ['everywhere', 'ns', true],
    ['everywhere', '', true],
    ['default', 'ns', false],
    ['', 'ns', false],
  ]
  for (const [name, namespace, there] of table)
    t.equal(databases.has(named(name, namespace)), there, JSON.stringify([namespace, name]))
  const list = (namespace: string) => databases.in(bytes(namespace)).map(({ name }) => Buffer.from(name).toString())
  t.same(list('ns'), ['db', 'everywhere'])
  t.same(list('other'), ['everywhere'])
})

t.test('names as the configuration has them', async (t) => {
  t.same(parseDatabase('db'), { namespace: undefined, name: 'db' })
  t.same(parseDatabase('ns/db'), { namespace: 'ns', name: 'db' })
  for (const text of ['', '/', '/db', 'ns/', 'a/b/c', 'a b', 'a,b', 'a\n', 'x'.repeat(254)]) {
    t.equal(parseDatabase(text), undefined, JSON.stringify(text))
  }
})
