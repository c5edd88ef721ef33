import { type GenuineClient, NOT_OBTAINABLE } from './clients.js'
import type { Row } from './row.js'

export interface Result {
  readonly client: GenuineClient
  readonly case: string
  /** Fails, and is known to. */
  readonly expected?: string
  /** What was wrong; absent if it worked. */
  readonly fault?: string
}

/** A fault that was not expected, or an expected one that did not come. */
export function isBad({ expected, fault }: Result): boolean {
  return (expected === undefined) !== (fault === undefined)
}

export function say({ expected, fault }: Result): string {
  if (expected === undefined) return fault === undefined ? 'passes' : `FAILS: ${fault}`
  return fault === undefined ? `PASSES, and was expected to fail: ${expected}` : `fails, as expected: ${expected}`
}

/** `docs/compatibility.md`: the same for the same results, wherever and whenever it is written. */
export function compatibilityPage(results: readonly Result[], rows: readonly Row[] = []): string {
  return `# Compatibility with genuine clients

Written by \`npm run test:interop\`: unmodified client libraries, each built from its ordinary requirement in
[\`test/interop/go\`](../test/interop/go), against a gateway of its own per case. Requests are counted: a client that is refused
fails in words within 5 seconds, or, if it is one that repeats calls for ever, stays under 2 requests a second per session.

| client | version | case | result |
|---|---|---|---|
${results.map(row).join('\n')}

${
  rows.length === 0
    ? ''
    : `${otherRows(rows)}

`
}The clients of Atomix have no TLS. Before v0.4 they replace the text of every error by one of their own.

## Not obtainable

The module proxy serves none of these. Their dialects are held to golden vectors and independent clients instead, see
[generations.md](generations.md).

| client | versions |
|---|---|
${NOT_OBTAINABLE.map(({ module, versions }) => `| ${module} | ${versions} |`).join('\n')}
`
}

function row(result: Result): string {
  const { client } = result
  const [said = ''] = say(result).split('\n')
  return `| ${client.module} | ${client.version} | ${result.case} | ${said.replaceAll('|', ' ')} |`
}

/** What a row tells of its run stays off the page: it would be another one every time. */
function otherRows(rows: readonly Row[]): string {
  const lines = rows.map((row) => `| ${row.client} | ${row.version} | ${row.case} | ${WORDS[row.result]} |`)
  return `## Other HTTP/2 stacks, beside genuine servers, and a backend

Clients generated from [\`protos/\`](../protos) for gRPC's C core and for grpc-java; and the genuine Atomix server beside the
gateway in the profile of its age, on the same random calls. Last the [example backend](../examples/backend-go): a genuine SDK opens
the session, the backend signs objects with its key, a genuine SDK checks them ([backends.md](backends.md)).

| client | version | case | result |
|---|---|---|---|
${lines.join('\n')}`
}

const WORDS: Readonly<Record<Row['result'], string>> = { works: 'passes', fails: 'FAILS', skipped: 'not run' }
