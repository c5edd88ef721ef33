import t from 'tap'
import { CLIENTS } from './clients.js'
import { compatibilityPage, isBad, type Result } from './table.js'

const [client] = CLIENTS
if (client === undefined) throw new Error('there are no clients')

const table: readonly (readonly [outcome: Partial<Result>, bad: boolean, row: RegExp])[] = [
  [{}, false, /\| passes \|/],
  [{ fault: 'it hangs' }, true, /\| FAILS: it hangs \|/],
  [{ fault: 'a | and\na stack' }, true, /\| FAILS: a {3}and \|/],
  [{ expected: 'no slash', fault: 'reset' }, false, /\| fails, as expected: no slash \|/],
  [{ expected: 'no slash' }, true, /\| PASSES, and was expected to fail: no slash \|/],
]

t.test('what fails the run, and what the page says of it', async (t) => {
  for (const [outcome, bad, row] of table) {
    const result = { client, case: 'opens', ...outcome }
    t.equal(isBad(result), bad, JSON.stringify(outcome))
    t.match(compatibilityPage([result]), row)
  }
})
