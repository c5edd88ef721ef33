import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { parse } from 'yaml'
import { ERROR_CODES } from '../../src/core/errors.js'
import { EVERYONE } from '../clients/everyone.js'
import { connected } from '../clients/in-core.js'
import { ADMIN_TOKEN } from '../support/admin-token.js'
import { parseExposition, type Sample } from '../support/exposition.js'
import { testGateway } from '../support/gateway.js'
import { SeededRandom } from '../support/seeded-random.js'
import { tempFolder } from '../support/temp-folder.js'

/** The dashboard and the alert rules of docs/monitoring/, against what a gateway shows that had calls of every generation. */

const NAME = /\b(?:session_gateway|process|nodejs)_\w+/g
/** Of a scrape, not of a gateway. */
const ADDED_BY_PROMETHEUS = new Set(['instance', 'job', 'le'])
const MATCHER = /(\w+)\s*(=~|!=|!~|=)\s*"([^"]*)"/g
const GROUPING = /\bby \(([^)]*)\)/g
const SELECTOR = /((?:session_gateway|process|nodejs)_\w+)(?:\{([^}]*)\})?/g

/** Every expression of the dashboard and of the rules. */
function expressions(): string[] {
  const all: string[] = []
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'expr' && typeof inner === 'string') all.push(inner)
      else collect(inner)
    }
  }
  collect(JSON.parse(readFileSync('docs/monitoring/dashboard.json', 'utf8')))
  collect(parse(readFileSync('docs/monitoring/alerts.yml', 'utf8')))
  return all
}

function labelsOf(samples: readonly Sample[], name: string): Map<string, Set<string>> {
  const labels = new Map<string, Set<string>>()
  for (const sample of samples.filter((one) => one.name === name)) {
    for (const [label, value] of Object.entries(sample.labels)) {
      labels.set(label, (labels.get(label) ?? new Set()).add(value))
    }
  }
  return labels
}

t.test('every metric and label that the dashboard and the alerts name is there', async (t) => {
  const { grpc, admin } = await testGateway(t, {
    'store.url': `lmdb:${join(tempFolder(t), 'data')}`,
    epoch: 'manual:10',
    'limits.sessions': String(EVERYONE.length),
  })
  const random = new SeededRandom(5)
  const client = connected(t, grpc)
  for (const open of EVERYONE) await open(client, random, 20n)
  // One more than the limit; and one that is over when it is opened, once there is room again.
  for (const open of EVERYONE.slice(0, 1)) await t.rejects(open(client, random, 20n))
  await client.unary('/neo.fs.v2.netmap.NetmapService/LocalNodeInfo', new Uint8Array(0))
  const setEpoch = (epoch: number) =>
    fetch(`${admin}/api/v1/epoch`, {
      method: 'PUT',
      body: JSON.stringify({ epoch: String(epoch) }),
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    })
  t.equal((await setEpoch(30)).status, 200)
  const exposed = async () => parseExposition(await (await fetch(`${admin}/metrics`)).text())
  const isThere = async (metric: string) => (await exposed()).samples.some(({ name }) => name === metric)
  while (!(await isThere('session_gateway_expired_total'))) await sleep(50)
  for (const open of EVERYONE) await open(client, random, 20n).catch(() => {})

  const { types, samples } = await exposed()
  const all = expressions()
  t.ok(all.length > 30, `${all.length} expressions`)
  for (const expression of all) {
    for (const [name] of expression.matchAll(NAME)) {
      const base = name.replace(/_(?:bucket|count|sum)$/, '')
      t.ok(types.has(name) || types.get(base) === 'histogram', `${name} of ${expression}`)
    }
    const groups = [...expression.matchAll(GROUPING)].flatMap(([, names = '']) => names.split(/, */))
    for (const [, name = '', matchers = ''] of expression.matchAll(SELECTOR)) {
      const labels = labelsOf(samples, name)
      const used = [...matchers.matchAll(MATCHER)]
      for (const label of [...groups, ...used.map(([, label = '']) => label)]) {
        t.ok(ADDED_BY_PROMETHEUS.has(label) || labels.has(label), `${name} has the label ${label}`)
      }
      for (const [, label = '', , value = ''] of used) {
        if (ADDED_BY_PROMETHEUS.has(label)) continue
        const isCode = label === 'outcome' && ERROR_CODES.some((code) => code === value)
        // A signature that is invalid is not in the traffic of genuine clients.
        const isInvalid = name.endsWith('signature_checks_total') && value === 'invalid'
        t.ok(isCode || isInvalid || labels.get(label)?.has(value), `${name} has ${label}="${value}"`)
      }
    }
  }
})

t.test('every alert is explained', async (t) => {
  const page = readFileSync('docs/monitoring.md', 'utf8')
  const names = [...readFileSync('docs/monitoring/alerts.yml', 'utf8').matchAll(/- alert: (\w+)/g)].map(
    ([, name]) => name ?? '',
  )
  t.ok(names.length > 10)
  t.strictSame(
    [...page.matchAll(/^\| `(SessionGateway\w+)` \|/gm)].map(([, name]) => name),
    names,
  )
})
