import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'

/** Debian's, unless CHROMIUM names another one. */
const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Browsers are slow on a machine that does other things as well. */
export const PATIENCE_MS = 60_000

/**
 * Whether there is a browser. Where there is none, the whole file counts as skipped and says so; in CI, which installs one, that
 * is a failure.
 */
export function hasBrowser(t: Test): boolean {
  if (existsSync(CHROMIUM)) {
    t.setTimeout(10 * PATIENCE_MS)
    return true
  }
  const missing = `there is no ${CHROMIUM}: the web page is not tested; install Debian's package chromium, or set CHROMIUM`
  if (process.env['CI'] === 'true') throw new Error(missing)
  process.stderr.write(`NOT RUN: ${missing}\n`)
  t.plan(0, missing)
  return false
}

/** Ends with the test. */
export async function startBrowser(t: Test): Promise<Browser> {
  // The sandbox of Chromium refuses to run for root, who runs containers of CI.
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
    timeout: PATIENCE_MS,
  })
  t.teardown(() => browser.close())
  return browser
}

export interface Opened {
  readonly page: Page
  readonly context: BrowserContext
  /** Uncaught errors, refused by the policy, requests that leave the gateway: there should be none. */
  readonly faults: string[]
}

export async function openPage(
  t: Test,
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  t.teardown(() => context.close())
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    // What the API refuses is an answer, which the browser reports by itself.
    const isAnswer = message.text().startsWith('Failed to load resource: the server responded with a status of')
    if (message.type() === 'error' && !isAnswer) faults.push(message.text())
  })
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (origin !== new URL(address).origin && protocol !== 'data:') faults.push(`a request to ${request.url()}`)
  })
  await page.goto(address)
  return { page, context, faults }
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe-core finds to be seriously wrong with what is shown, in words. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which the page's policy does not bind.
  await page.evaluate(AXE)
  const found: unknown = await page.evaluate(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, help, nodes }) => id + ': ' + help + ' at ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`,
  )
  if (!Array.isArray(found)) throw new Error('axe-core told nothing')
  return found.map(String)
}
