import t from 'tap'
import { testGateway } from '../support/gateway.js'
import { lastingPort } from '../support/lasting-port.js'
import { hasBrowser, openPage, startBrowser } from './browser.js'
import { until } from './until.js'

/** A gateway that goes away and comes back, before the eyes of who looks at its page. */
if (hasBrowser(t)) {
  t.test('a restart', async (t) => {
    const address = `127.0.0.1:${await lastingPort()}`
    const { gateway, admin } = await testGateway(t, { 'admin.listen': address })
    const browser = await startBrowser(t)
    const { page } = await openPage(t, browser, admin)
    const state = page.getByRole('banner').getByRole('status')
    t.ok(await until(async () => (await state.innerText()) === 'ready'))

    await gateway.stop()
    t.ok(await until(async () => (await state.innerText()) === 'no answer'))
    t.match(await page.getByRole('alert').first().innerText(), /does not answer\. Is it running\?/)
    t.ok(await page.locator('.total').first().isVisible(), 'what was known stays')

    await testGateway(t, { 'admin.listen': address })
    t.ok(await until(async () => (await state.innerText()) === 'ready'), 'without a reload')
    t.ok(await until(async () => (await page.getByRole('alert').count()) === 0))
  })
}
