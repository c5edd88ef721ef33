import type { TokenReportJson } from '../../admin/token-json.js'
import { formatCount } from '../format.js'
import { type Fact, Facts } from '../parts/facts.js'
import { Panel } from '../parts/panel.js'
import { Table } from '../parts/table.js'
import { linkTo } from '../route.js'

type Rule = TokenReportJson['rules'][number]

const OUTCOMES: Readonly<Record<Rule['outcome'], readonly [kind: string, text: string]>> = {
  passed: ['good', 'passed'],
  failed: ['bad', 'failed'],
  not_applicable: ['quiet', 'not applicable'],
}

/** What a token says of itself, and every rule. */
export function Report({ report }: { readonly report: TokenReportJson }) {
  return (
    <div class="panels">
      {report.token !== undefined && (
        <Panel title="The token" wide>
          <Facts facts={factsOf(report.token)} isList />
        </Panel>
      )}
      <Panel
        title="Rules"
        note="In the order in which genuine servers look: they answer for the first that failed."
        wide
      >
        <Table
          caption="Rules"
          columns={[
            { name: 'Rule', isHead: true, cell: ({ rule }) => <code>{rule}</code> },
            { name: 'Outcome', cell: (rule) => <Outcome rule={rule} /> },
            { name: 'Why', cell: ({ why, at }) => [why, at].filter((text) => text !== undefined).join(', at ') || '–' },
            { name: 'Genuine servers answer', cell: (rule) => <Genuine rule={rule} /> },
          ]}
          rows={report.rules}
          keyOf={({ rule }) => rule}
        />
      </Panel>
    </div>
  )
}

function factsOf(token: NonNullable<TokenReportJson['token']>): Fact[] {
  const { id, issuer, issuerText, signer, sessionKey, lifetime, origins } = token
  return [
    ...(id === undefined ? [] : [['Session', <a href={linkTo({ view: 'session', id })}>{id}</a>] satisfies Fact]),
    ...(issuer === undefined ? [] : [['Issuer', <code class="long">{issuerText ?? issuer}</code>] satisfies Fact]),
    ...(signer === undefined ? [] : [['Signed by', <code class="long">{signer}</code>] satisfies Fact]),
    ...(sessionKey === undefined ? [] : [['Session key', <code class="long">{sessionKey}</code>] satisfies Fact]),
    ...(lifetime === undefined ? [] : [['Lifetime', lifetimeText(lifetime)] satisfies Fact]),
    ...(origins === 0 ? [] : [['Delegations', formatCount(origins)] satisfies Fact]),
  ]
}

function lifetimeText(lifetime: NonNullable<NonNullable<TokenReportJson['token']>['lifetime']>): string {
  const { unit, notBefore, issuedAt, expiration } = lifetime
  const text = (value: string) => (unit === 'epochs' ? `epoch ${value}` : secondsText(value))
  const from = notBefore === undefined ? '' : `from ${text(notBefore)} `
  return `${from}to ${text(expiration)}, issued at ${text(issuedAt)}`
}

/** Beyond the calendar of the browser the number has to do. */
function secondsText(value: string): string {
  const date = new Date(Number(value) * 1000)
  return Number.isNaN(date.getTime()) ? `second ${value}` : date.toISOString()
}

function Outcome({ rule }: { readonly rule: Rule }) {
  const [kind, text] = OUTCOMES[rule.outcome]
  return <strong class={kind}>{text}</strong>
}

function Genuine({ rule: { genuine = [] } }: { readonly rule: Rule }) {
  if (genuine.length === 0) return <>–</>
  return (
    <ul class="plain">
      {genuine.map((answer) => (
        <li key={answer.server}>
          {answer.server}: {answerText(answer)}
        </li>
      ))}
    </ul>
  )
}

function answerText({ status, grpcCode, message }: NonNullable<Rule['genuine']>[number]): string {
  return [
    ...(status === undefined ? [] : [`status ${status}`]),
    ...(grpcCode === undefined ? [] : [`gRPC code ${grpcCode}`]),
    ...(message === undefined ? [] : [`“${message}”`]),
  ].join(', ')
}
