import t from 'tap'
import { ADMIN_TOKEN } from '../support/admin-token.js'
import { testGateway } from '../support/gateway.js'
import { hasBrowser, openPage, startBrowser } from './browser.js'

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
    t.strictSame(await context.cookies(), [])
    t.strictSame(faults, [])
  })
}
