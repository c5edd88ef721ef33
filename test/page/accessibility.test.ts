import type { Page } from 'playwright-core'
import t from 'tap'
import { ADMIN_TOKEN } from '../support/admin-token.js'
import { testGateway } from '../support/gateway.js'
import { accessibilityFaults, hasBrowser, openPage, startBrowser } from './browser.js'
import { startCrowd } from './crowd.js'
import { LOOKS } from './looks.js'
import { SAMPLE_REQUEST, SAMPLE_TOKEN } from './samples.js'
import { until } from './until.js'

/** What axe-core finds, and what it can't: the keyboard, and the width of a phone. */
if (hasBrowser(t)) {
  t.test('for everybody', async (t) => {
    const { grpc, admin } = await testGateway(t, { epoch: 'manual:10' })
    startCrowd(t, grpc)
    const browser = await startBrowser(t)
    for (const { name, options } of LOOKS) {
      await t.test(name, async (t) => {
        const { page, faults } = await openPage(t, browser, admin, options)
        for (const [view, show] of Object.entries(VIEWS)) {
          await show(page, admin)
          t.strictSame(await accessibilityFaults(page), [], view)
          const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
          t.ok(Number(overflow) <= 0, `${view} is no wider than the screen, ${overflow} pixels`)
        }
        t.strictSame(faults, [])
      })
    }
    await t.test('faults are found', (t) => findsFaults(t, browser, admin))
    await t.test('the keyboard alone', (t) => byKeyboard(t, browser, admin))
  })
}

const VIEWS: Readonly<Record<string, (page: Page, admin: string) => Promise<void>>> = {
  overview: async (page) => {
    await page.locator('summary', { hasText: 'by version and user agent' }).click()
    await page.getByRole('table', { name: /^Generations served/ }).waitFor({ state: 'attached' })
  },
  sessions: async (page, admin) => {
    await page.goto(`${admin}/#/sessions?state=open`)
    await page.locator('tbody tr').first().waitFor()
  },
  session: async (page) => {
    await page.locator('tbody th a').first().click()
    await page.getByRole('heading', { name: /^What genuine/ }).waitFor()
  },
  'a session that is not there': async (page, admin) => {
    await page.goto(`${admin}/#/sessions/7:999`)
    await page.getByRole('alert').waitFor()
  },
  decode: async (page, admin) => {
    await page.goto(`${admin}/#/decode`)
    await page.getByLabel(/^Bytes/).fill(SAMPLE_REQUEST)
    await page.getByRole('button', { name: 'Decode' }).click()
    await page.getByRole('heading', { name: 'Signatures' }).waitFor()
  },
  tokens: async (page, admin) => {
    await page.goto(`${admin}/#/tokens`)
    await page.locator('summary', { hasText: 'The request' }).click()
    await page.getByLabel(/^A session token/).fill(SAMPLE_TOKEN)
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByRole('heading', { name: 'Rules' }).waitFor()
  },
  'sign in': async (page) => {
    await page.getByRole('banner').getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Token', { exact: true }).waitFor()
  },
}

type Test = import('tap').Test
type Browser = Awaited<ReturnType<typeof startBrowser>>

/** Else the rest would say nothing. */
async function findsFaults(t: Test, browser: Browser, admin: string): Promise<void> {
  const { page } = await openPage(t, browser, admin)
  await page.locator('.total').first().waitFor()
  await page.evaluate("document.querySelector('main').append(document.createElement('select'))")
  t.match(await accessibilityFaults(page), [/^select-name: /])
}

async function byKeyboard(t: Test, browser: Browser, admin: string): Promise<void> {
  const { page } = await openPage(t, browser, admin)
  const press = (...keys: string[]) =>
    keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve())
  const focused = async () =>
    String(await page.evaluate('document.activeElement.id || document.activeElement.innerText'))
  await page.locator('.total').first().waitFor()

  await press('Tab')
  t.equal(await focused(), 'Skip to content', 'the first stop leads past the navigation')
  await press('Enter')
  t.equal(await focused(), 'main')

  await page.reload()
  await page.locator('.total').first().waitFor()
  await press('Tab', 'Tab', 'Tab')
  t.equal(await focused(), 'Sessions')
  await press('Enter')
  await page.getByRole('heading', { name: 'Sessions', level: 1 }).waitFor()

  const signIn = page.getByRole('banner').getByRole('button', { name: 'Sign in' })
  await signIn.focus()
  await press('Enter')
  await page.getByLabel('Token', { exact: true }).waitFor()
  await press('Escape')
  await page.getByLabel('Token', { exact: true }).waitFor({ state: 'detached' })
  t.ok(await until(async () => (await focused()) === 'Sign in'), 'the focus goes back to where it was')
  await press('Enter')
  await page.getByLabel('Token', { exact: true }).waitFor()
  await page.keyboard.type(ADMIN_TOKEN)
  await press('Enter')
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
}
