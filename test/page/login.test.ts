import t from 'tap'
import { ADMIN_TOKEN } from '../support/admin-token.js'
import { testGateway } from '../support/gateway.js'
import { hasBrowser, openPage, startBrowser } from './browser.js'
import { until } from './until.js'

/** Off loopback nothing is shown without a token, but for the page that asks for one. */
if (hasBrowser(t)) {
  t.test('the login', async (t) => {
    const { admin } = await testGateway(t, { 'admin.listen': '0.0.0.0:0' })
    const browser = await startBrowser(t)
    const { page, context, faults } = await openPage(t, browser, admin.replace('0.0.0.0', '127.0.0.1'))

    const dialog = page.getByRole('dialog', { name: 'Sign in' })
    await dialog.waitFor()
    t.match(await dialog.innerText(), /shows nothing without a token/)
    t.equal(await page.locator('.total').count(), 0)

    await page.keyboard.type(ADMIN_TOKEN)
    await page.keyboard.press('Enter')
    await page.locator('figure[data-measure="open"] .total').waitFor()
    t.notOk(await dialog.isVisible())
    t.match(await context.cookies(), [{ httpOnly: true, sameSite: 'Strict' }])

    await page.reload()
    await page.locator('figure[data-measure="open"] .total').waitFor()
    t.pass('the cookie outlives a reload')

    await page.getByRole('button', { name: 'Sign out' }).click()
    await dialog.waitFor()
    // The dialog may open for what is asked while the sign-out is on its way.
    t.ok(await until(async () => (await context.cookies()).length === 0), 'no cookie is left')
    t.strictSame(faults, [])
  })

  t.test('a sign-out that fails', async (t) => {
    const { admin } = await testGateway(t)
    const browser = await startBrowser(t)
    const { page, context, faults } = await openPage(t, browser, admin)
    await page.getByRole('banner').getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Token', { exact: true }).fill(ADMIN_TOKEN)
    await page.keyboard.press('Enter')
    const signOut = page.getByRole('button', { name: 'Sign out' })
    await signOut.waitFor()

    await page.route(/\/api\/v1\/log(in|out)$/, (route) => route.abort())
    await signOut.click()
    const notice = page.getByRole('alert').filter({ hasText: 'You are still signed in.' })
    await notice.waitFor()
    t.match(await notice.innerText(), /does not answer/)
    t.ok(await signOut.isVisible(), 'who is signed in stays')
    t.equal((await context.cookies()).length, 1)

    await page.unroute(/\/api\/v1\/log(in|out)$/)
    await signOut.click()
    await page.getByRole('banner').getByRole('button', { name: 'Sign in' }).waitFor()
    t.ok(await until(async () => (await context.cookies()).length === 0))
    t.equal(await notice.count(), 0)
    const unexpected = faults.filter((fault) => !fault.includes('net::ERR_FAILED'))
    t.strictSame(unexpected, [], 'no rejection that nobody handles')
  })
}
