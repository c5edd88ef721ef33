import type { Page } from 'playwright-core'
import t from 'tap'
import { AtomixClient } from '../clients/atomix.js'
import { ADMIN_TOKEN } from '../support/admin-token.js'
import { testGateway } from '../support/gateway.js'
import { GrpcClient } from '../support/grpc-client.js'
import { hasBrowser, openPage, startBrowser } from './browser.js'
import { SESSIONS_PER_OWNER, startCrowd } from './crowd.js'
import { BROKEN_TOKEN, SAMPLE_REQUEST, SAMPLE_TOKEN } from './samples.js'
import { until } from './until.js'

/** An operator's walk through the page, in a real browser, while clients of every generation are at work. */

const GENERATIONS = ['v1-legacy', 'v1', 'v2', 'atomix']

if (hasBrowser(t)) {
  t.test('the walk', async (t) => {
    const { grpc, admin } = await testGateway(t, {
      epoch: 'manual:10',
      'limits.sessionsPerOwner': String(SESSIONS_PER_OWNER),
    })
    const crowd = startCrowd(t, grpc)
    const browser = await startBrowser(t)
    const { page, faults } = await openPage(t, browser, admin)

    await t.test('live numbers change', (t) => liveNumbers(t, page))
    await t.test('a list with a filter and pages', (t) => listed(t, page, admin))
    await t.test('a session is found, explained, renewed and closed', (t) => oneSession(t, page, admin, grpc))
    await t.test('bytes are decoded', (t) => decoded(t, page))
    await t.test('a token is checked', (t) => tokenChecked(t, page))
    t.strictSame(faults, [], 'no error, nothing that the policy refused, no request elsewhere')
    t.strictSame(crowd.faults, [])
  })
}

type Test = import('tap').Test

async function liveNumbers(t: Test, page: Page): Promise<void> {
  const total = page.locator('figure[data-measure="open"] .total')
  const count = async () => Number((await total.innerText()).replace(/\D/g, ''))
  await total.waitFor()
  const before = await count()
  t.ok(await until(async () => (await count()) > before), 'more sessions are open, without a reload')
  for (const measure of ['opened', 'renewed', 'closed', 'expired', 'refused']) {
    const rate = page.locator(`figure[data-measure="${measure}"] .total`)
    t.ok(await until(async () => Number(await rate.innerText()) > 0), `${measure} per second`)
    t.match(await page.locator(`figure[data-measure="${measure}"] svg[role=img]`).getAttribute('aria-label'), /now /)
  }
  const clients = page.getByRole('table', { name: 'Clients by generation' })
  for (const generation of GENERATIONS) {
    const row = clients.getByRole('row').filter({ has: page.getByRole('rowheader', { name: generation, exact: true }) })
    t.ok(await until(async () => /now|ago/.test(await row.innerText())), `${generation} was seen`)
  }
  await page.getByRole('table', { name: 'Limits hit' }).getByText('limits.sessionsPerOwner').waitFor()
  t.match(await page.getByRole('table', { name: /^Generations served/ }).innerText(), /whoever reaches the port/)
  t.match(await page.getByRole('banner').innerText(), /backend · \d+\.\d+\.\d+ · epoch 10.*ready/s)
}

async function listed(t: Test, page: Page, admin: string): Promise<void> {
  await page.getByRole('link', { name: 'Sessions' }).click()
  await page.getByLabel('Generation').selectOption('v2')
  await page.getByLabel('State').selectOption('open')
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.waitForURL(`${admin}/#/sessions?state=open&generation=v2`)
  const table = page.getByRole('table', { name: 'Sessions' })
  const rows = table.locator('tbody tr')
  const generations = async () => new Set(await table.locator('td[data-name="Generation"]').allInnerTexts())
  t.ok(await until(async () => [...(await generations())].join() === 'v2'), 'only what was asked for')
  t.ok(await until(async () => /changes? since/.test(await page.locator('.bar').innerText())), 'what happens is told')

  await page.getByRole('link', { name: 'All', exact: true }).click()
  // The crowd fills more than one page before long.
  const next = page.getByRole('button', { name: 'Next page' })
  const hasNext = async () => {
    await page.getByRole('button', { name: 'Read again' }).click()
    await rows.first().waitFor()
    return next.isEnabled()
  }
  t.ok(await until(hasNext), 'there is a second page')
  const [first] = await rows.locator('th').allInnerTexts()
  await next.click()
  t.ok(await until(async () => (await rows.locator('th').first().innerText()) !== first), 'it has other sessions')
  await page.getByRole('button', { name: 'Previous page' }).click()
  t.ok(await until(async () => (await rows.locator('th').first().innerText()) === first), 'and back')
}

async function oneSession(t: Test, page: Page, admin: string, grpc: string): Promise<void> {
  const client = new GrpcClient(grpc)
  t.teardown(() => client.close())
  const session = new AtomixClient({ version: 'v0.4.1', partition: 7, timeout_ms: 600_000 })
  await session.open(client)
  const name = `7:${session.sessionId}`

  await page.goto(`${admin}/#/sessions`)
  await page.getByLabel(/^Find one/).fill(name)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: `Session ${name}` }).waitFor()
  const story = page.locator('.facts').first()
  t.match(await story.innerText(), /10 minutes after each renewal/)
  t.match(await story.innerText(), /never since it was opened/)
  t.match(await page.getByRole('table', { name: /^What genuine/ }).innerText(), /go-framework v0\.1.*OK/s)

  const renew = page.getByRole('button', { name: 'Renew' })
  t.notOk(await renew.isEnabled(), 'nothing can be done without a token')
  await signIn(t, page)
  await until(() => renew.isEnabled())
  await renew.click()
  await page.getByText('Renewed.', { exact: true }).waitFor()
  t.ok(await until(async () => /last \d{4}-/.test(await story.innerText())), 'the story tells of it')

  await page.getByRole('button', { name: 'Close …' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Close the session' }).click()
  await page.getByText('Closed.', { exact: true }).waitFor()
  t.ok(await until(async () => /closed through the admin API/.test(await story.innerText())))
  t.match(await session.keepAlive(client), { kind: 'error' }, 'its client learns it')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign in' }).first().waitFor()

  await page.goto(`${admin}/#/sessions/7:999`)
  t.match(await page.getByRole('alert').innerText(), /no session of that name/)
}

async function signIn(t: Test, page: Page): Promise<void> {
  await page.getByRole('banner').getByRole('button', { name: 'Sign in' }).click()
  const token = page.getByLabel('Token', { exact: true })
  await token.fill('a-wrong-one')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByRole('alert').waitFor()
  t.match(await page.getByRole('dialog').innerText(), /Not signed in/)
  await token.fill(ADMIN_TOKEN)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  const cookies: unknown = await page.evaluate('document.cookie + JSON.stringify({ ...localStorage })')
  t.notMatch(String(cookies), ADMIN_TOKEN, 'no script can read the token')
}

async function decoded(t: Test, page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Decode' }).click()
  const bytes = page.getByLabel(/^Bytes/)
  await bytes.fill(SAMPLE_REQUEST)
  await page.getByRole('button', { name: 'Decode' }).click()
  await page.getByRole('heading', { name: 'neo.fs.v2.session.CreateRequest' }).waitFor()
  t.match(await page.locator('.verdict').innerText(), /all of it decodes/)
  t.match(await page.locator('main').innerText(), /body_signature.*accepted/s)
  await bytes.fill('no hex at all!')
  await page.keyboard.press('Tab')
  await page.getByRole('button', { name: 'Decode' }).click()
  t.match(await page.getByRole('alert').innerText(), /could not be read\. .*bytes/)
}

async function tokenChecked(t: Test, page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Tokens' }).click()
  const token = page.getByLabel(/^A session token/)
  await token.fill(SAMPLE_TOKEN)
  await page.getByRole('button', { name: 'Check' }).click()
  await page.getByRole('table', { name: 'Rules' }).waitFor()
  t.match(await page.locator('.verdict').innerText(), /SessionToken: not valid, because of stored_session$/)
  await token.fill(BROKEN_TOKEN)
  await page.getByRole('button', { name: 'Check' }).click()
  t.ok(await until(async () => /signature/.test(await page.locator('.verdict').innerText())), 'a changed one fails')
}
