import t from 'tap'
import { loginsIn, setCookie } from '../../src/admin/cookie.js'

const VALUE = 'v'.repeat(43)

t.test('what a browser is told to keep', async (t) => {
  const table: readonly (readonly [host: string | undefined, secure: boolean, text: string])[] = [
    ['localhost:8081', false, `session-gateway-8081=${VALUE}; Path=/; Max-Age=60; HttpOnly; SameSite=Strict`],
    ['gateway.test', false, `session-gateway=${VALUE}; Path=/; Max-Age=60; HttpOnly; SameSite=Strict`],
    [undefined, false, `session-gateway=${VALUE}; Path=/; Max-Age=60; HttpOnly; SameSite=Strict`],
    ['[::1]:9', true, `__Host-session-gateway-9=${VALUE}; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure`],
    ['[::1]', true, `__Host-session-gateway=${VALUE}; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure`],
  ]
  for (const [host, secure, text] of table) {
    t.equal(setCookie(host, VALUE, { secure, lifetime_ms: 60_999 }), text)
    const [pair = ''] = text.split(';')
    t.same(loginsIn(pair, host, secure), [VALUE], 'and what it then sends')
  }
})

t.test('what is taken for a login', async (t) => {
  const host = 'h:1'
  const [plain, secure] = ['session-gateway-1', '__Host-session-gateway-1']
  const table: readonly (readonly [header: string | undefined, tls: boolean, found: readonly string[]])[] = [
    [undefined, false, []],
    ['', false, []],
    [`${plain}=a`, false, ['a']],
    [`${secure}=a`, false, ['a']],
    [`${plain}=a; ${secure}=b`, false, ['b', 'a']],
    [`${plain}=a; ${secure}=b`, true, ['b']],
    [`${plain}=a`, true, []],
    [`x=y;${plain}=a ;  z`, false, ['a']],
    [`${plain}=a; ${plain}=b`, false, []],
    [`${plain}=a; ${plain}=a`, false, []],
    [`${plain}=a=b`, false, ['a=b']],
    [`${plain}`, false, ['']],
    [`${plain.toUpperCase()}=a`, false, []],
    ['session-gateway=a; session-gateway-2=b', false, []],
    ['__proto__=a; constructor=b', false, []],
  ]
  for (const [header, tls, found] of table) t.same(loginsIn(header, host, tls), found, `${header} ${tls}`)
})
