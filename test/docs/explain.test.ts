import { readFileSync } from 'node:fs'
import t from 'tap'
import { explain, render } from '../../src/explain/index.js'
import { ago, atomixFacts, expired, NOON, neoFsFacts } from '../support/session-facts.js'

t.test('the examples of docs/explain.md are what the command says', async (t) => {
  const examples = [...readFileSync('docs/explain.md', 'utf8').matchAll(/```text\n([^`]*)```/g)].map(([, text]) => text)
  const bornExpired = neoFsFacts('v2', { expiration: 12n }, { createdAt_ms: ago(200), ...expired(199.9) })
  const overdue = atomixFacts({ expiry: 'lazy', renewedAt_ms: ago(600) })
  t.strictSame(
    examples,
    [bornExpired, overdue].map((facts) => render(explain(facts, NOON))),
  )
})
