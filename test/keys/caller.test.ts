import t from 'tap'
import { Access, digestOf } from '../../src/admin/access.js'
import { Problem } from '../../src/admin/problem.js'
import { callerOf, checkMaySign } from '../../src/keys/caller.js'
import type { ClientCertificate } from '../../src/transport/transport.js'

const access = new Access([
  { name: 'file good', roles: new Set(['read', 'sign']), digest: digestOf('good') },
  { name: 'file reads', roles: new Set(['read', 'operate']), digest: digestOf('reads') },
])
const of = (...names: string[]): ClientCertificate => ({ names, fingerprint: 'AA:BB' })

t.test('a caller is known by its token, or by its certificate if it shows no token', async (t) => {
  const long = 'x'.repeat(129)
  type Row = readonly [
    header: string | undefined,
    certificate: ClientCertificate | undefined,
    names: string[] | undefined,
    said: string,
  ]
  const table: readonly Row[] = [
    ['Bearer good', undefined, undefined, 'file good'],
    ['bearer good', undefined, undefined, 'file good'],
    ['Bearer good', of('a'), undefined, 'file good'],
    // Whose certificate is not wanted may still have a token.
    ['Bearer good', of('a'), ['b'], 'file good'],
    ['Bearer reads', of('a'), undefined, 'forbidden'],
    ['Bearer wrong', of('a'), undefined, 'unauthorized'],
    ['', of('a'), undefined, 'unauthorized'],
    [undefined, undefined, undefined, 'unauthorized'],
    [undefined, undefined, ['a'], 'unauthorized'],
    [undefined, of('a', 'b'), undefined, 'certificate a'],
    [undefined, of(), undefined, 'certificate AA:BB'],
    [undefined, of(long), undefined, 'certificate AA:BB'],
    [undefined, of('a', 'b'), ['b', 'c'], 'certificate a'],
    [undefined, of('a', 'b'), ['c'], 'forbidden'],
    [undefined, of(), ['AA:BB'], 'forbidden'],
    [undefined, of('a'), ['A'], 'forbidden'],
  ]
  for (const [header, certificate, names, said] of table) {
    const call = { metadata: { get: (name: string) => (name === 'authorization' ? header : undefined) }, certificate }
    const certificateNames = names === undefined ? undefined : new Set(names)
    const answer = outcome(() => {
      const caller = callerOf(call, { access })
      checkMaySign(caller, { certificateNames })
      return caller.name
    })
    t.equal(answer, said, `${header} ${certificate?.names} ${names}`)
  }
})

function outcome(run: () => string): string {
  try {
    return run()
  } catch (problem) {
    if (problem instanceof Problem) return problem.code
    throw problem
  }
}
