/**
 * Makes the pictures of docs/images again: `node build/test/page/screenshots.js [FOLDER]`. They show the page of a gateway that clients
 * of every generation use.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import t from 'tap'
import { AtomixClient } from '../clients/atomix.js'
import { ADMIN_TOKEN } from '../support/admin-token.js'
import { projectRoot } from '../support/fixtures.js'
import { testGateway } from '../support/gateway.js'
import { GrpcClient } from '../support/grpc-client.js'
import { hasBrowser, openPage, startBrowser } from './browser.js'
import { SESSIONS_PER_OWNER, startCrowd } from './crowd.js'
import { LOOKS } from './looks.js'
import { SAMPLE_REQUEST, SAMPLE_TOKEN } from './samples.js'

const FOLDER = process.argv[2] ?? join(projectRoot(), 'docs', 'images')
/** The charts have something to show by then. */
const WATCHED_MS = 120_000
/** `overview-light` and so on; the others show nothing more. */
const KEPT = /^overview-|^(sessions|decode|tokens)-light$|^session-dark$|^(sessions|tokens)-phone$/

if (hasBrowser(t)) {
  const { grpc, admin } = await testGateway(t, {
    epoch: 'manual:10',
    'limits.sessionsPerOwner': String(SESSIONS_PER_OWNER),
  })
  startCrowd(t, grpc)
  const client = new GrpcClient(grpc)
  t.teardown(() => client.close())
  const session = new AtomixClient({ version: 'v0.4.1', partition: 7, timeout_ms: 10 * WATCHED_MS })
  await session.open(client)
  mkdirSync(FOLDER, { recursive: true })
  const browser = await startBrowser(t)
  const pages = await Promise.all(
    LOOKS.map(async ({ name, options }) => ({ name, ...(await openPage(t, browser, admin, options)) })),
  )
  await sleep(WATCHED_MS)
  for (const { name, page } of pages) {
    for (const [view, show] of Object.entries(viewsOf(admin, `7:${session.sessionId}`))) {
      await show(page)
      if (KEPT.test(`${view}-${name}`)) await page.screenshot({ path: join(FOLDER, `${view}-${name}.png`) })
    }
  }
  t.pass('pictures taken')
}

function viewsOf(admin: string, session: string): Readonly<Record<string, (page: Page) => Promise<unknown>>> {
  return {
    overview: async () => {},
    sessions: async (page) => {
      await page.goto(`${admin}/#/sessions`)
      await page.getByRole('table', { name: 'Sessions' }).waitFor()
    },
    session: async (page) => {
      await page.goto(`${admin}/#/sessions/${session}`)
      await page.getByRole('banner').getByRole('button', { name: 'Sign in' }).click()
      await page.getByLabel('Token', { exact: true }).fill(ADMIN_TOKEN)
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: 'Renew' }).click()
      await page.getByText('Renewed.', { exact: true }).waitFor()
    },
    decode: async (page) => {
      await page.goto(`${admin}/#/decode`)
      await page.getByLabel(/^Bytes/).fill(SAMPLE_REQUEST)
      await page.getByRole('button', { name: 'Decode' }).click()
      await page.getByRole('heading', { name: 'Fields' }).waitFor()
    },
    tokens: async (page) => {
      await page.goto(`${admin}/#/tokens`)
      await page.getByLabel(/^A session token/).fill(SAMPLE_TOKEN)
      await page.getByRole('button', { name: 'Check' }).click()
      await page.getByRole('table', { name: 'Rules' }).waitFor()
    },
  }
}
