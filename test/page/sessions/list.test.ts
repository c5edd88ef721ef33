import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { AtomixClient } from '../../clients/atomix.js'
import { testGateway } from '../../support/gateway.js'
import { GrpcClient } from '../../support/grpc-client.js'
import { hasBrowser, openPage, startBrowser } from '../browser.js'
import { until } from '../until.js'

/** So many are on a page of the list. */
const PAGE = 50
const REST = 7

if (hasBrowser(t)) {
  t.test('the list of sessions', async (t) => {
    const { grpc, admin } = await testGateway(t, { 'admin.limits.eventReaders': '1' })
    const client = new GrpcClient(grpc)
    t.teardown(() => client.close())
    for (let opened = 0; opened < PAGE + REST; opened += 1) await openSession(client)
    const browser = await startBrowser(t)
    await t.test('a page is turned once, however often and soon it is asked for', async (t) => {
      const { page, faults } = await openPage(t, browser, `${admin}/#/sessions`)
      await turned(t, page)
      t.strictSame(faults, [])
    })
    await t.test('who is refused the events says so, and asks again', async (t) => {
      const reader = new AbortController()
      t.teardown(() => reader.abort())
      t.ok(await until(async () => (await fetch(`${admin}/api/v1/events`, { signal: reader.signal })).ok))
      const { page } = await openPage(t, browser, `${admin}/#/sessions`)
      t.ok(
        await until(async () => /changes are not counted/.test(await barText(page))),
        'another one has the only stream',
      )

      reader.abort()
      const isCounted = async () => {
        await page.getByRole('button', { name: 'Read again' }).click()
        await openSession(client)
        return /\d changes? since/.test(await barText(page))
      }
      t.ok(await until(isCounted), 'once the stream is free')

      await page.goto(`${admin}/#/`)
      const limits = page.getByRole('table', { name: 'Limits hit' }).getByRole('row')
      const row = limits.filter({ hasText: 'admin.limits.eventReaders' })
      await row.waitFor()
      const setTo = async () => row.locator('td[data-name="Set to"]').innerText()
      t.ok(await until(async () => (await setTo()) === '1'), 'the limit says what it is set to')
    })
    await t.test('a gap in the events is told', async (t) => {
      const { page } = await openPage(t, browser, admin)
      await page.route('**/api/v1/events', (route) =>
        route.fulfill({ contentType: 'text/event-stream', body: 'event: gap\ndata: {}\n\n' }),
      )
      await page.goto(`${admin}/#/sessions`)
      t.ok(await until(async () => /some changes were missed/.test(await barText(page))))
    })
  })
}

async function openSession(client: GrpcClient): Promise<void> {
  await new AtomixClient({ version: 'v0.4.1', partition: 1, timeout_ms: 3_600_000 }).open(client)
}

function barText(page: Page): Promise<string> {
  return page.locator('.bar').innerText()
}

async function turned(t: Test, page: Page): Promise<void> {
  const status = page.locator('.bar').getByRole('status')
  const rows = page.getByRole('table', { name: 'Sessions' }).locator('tbody tr')
  const [next, previous] = ['Next page', 'Previous page'].map((name) => page.getByRole('button', { name }))
  if (next === undefined || previous === undefined) throw new Error('no buttons')
  await rows.first().waitFor()
  t.equal(await rows.count(), PAGE)

  // Answers of later pages wait until both clicks are done.
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  await page.route(/[?&]cursor=/, async (route) => {
    await held
    await route.continue()
  })
  await next.click()
  await next.click()
  await page.getByText('asking for page 2').waitFor()
  t.equal(await status.innerText(), 'Page 1', 'the name of what is seen')
  t.equal(await rows.count(), PAGE)
  release()
  t.ok(await until(async () => (await rows.count()) === REST), 'the second page came')
  t.equal(await status.innerText(), 'Page 2')
  t.notOk(await next.isEnabled())

  await previous.click()
  t.ok(await until(async () => (await rows.count()) === PAGE), 'and back')
  t.equal(await status.innerText(), 'Page 1')
  t.notOk(await previous.isEnabled())
}
