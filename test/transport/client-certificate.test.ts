import t from 'tap'
import { clientCertificateOf } from '../../src/transport/client-certificate.js'

const fingerprint256 = 'AA:BB'

t.test('the names of a client certificate', async (t) => {
  const table: readonly (readonly [
    commonName: string | string[] | undefined,
    alternative: string | undefined,
    names: string[],
  ])[] = [
    [undefined, undefined, []],
    ['backend', undefined, ['backend']],
    [['one', 'two'], undefined, ['one', 'two']],
    ['backend', '', ['backend']],
    [undefined, 'DNS:a.example', ['a.example']],
    [
      'backend',
      'DNS:a.example, URI:spiffe://x/y, DNS:b.example',
      ['backend', 'a.example', 'spiffe://x/y', 'b.example'],
    ],
    [undefined, 'IP Address:127.0.0.1, email:a@b, DNS:a', ['a']],
    // Node quotes what could be mistaken for several names.
    [undefined, 'DNS:"a.example, DNS:evil.example", DNS:b', ['b']],
    [undefined, 'URI:"x\\", DNS:evil.example", DNS:b', ['b']],
    [undefined, 'DirName:"/CN=x, DNS:evil.example", DNS:b', ['b']],
  ]
  for (const [commonName, alternative, names] of table) {
    const subject = { C: '', ST: '', L: '', O: '', OU: '', ...(commonName === undefined ? {} : { CN: commonName }) }
    const certificate = {
      subject,
      fingerprint256,
      ...(alternative === undefined ? {} : { subjectaltname: alternative }),
    }
    t.same(
      clientCertificateOf(Object.assign({ subject: { CN: '' } }, certificate)),
      { names, fingerprint: fingerprint256 },
      `${commonName} ${alternative}`,
    )
  }
})
