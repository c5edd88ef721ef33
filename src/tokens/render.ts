import type { TokenFacts, TokenReport } from './report.js'
import type { GenuineAnswer, RuleResult } from './rule.js'
import { accountText, bytesText } from './text.js'
import { momentText } from './time.js'

/** For people: the verdict, the token in a few lines, and every rule. */
export function render({ kind, valid, facts, rules }: TokenReport): string {
  const lines = [
    `${kind ?? 'no token'}: ${verdict(valid, rules)}`,
    ...(facts === undefined ? [] : factLines(facts)),
    ...rules.flatMap(ruleLines),
  ]
  return `${lines.join('\n')}\n`
}

function verdict(valid: boolean, rules: readonly RuleResult[]): string {
  if (valid) return 'valid, by every rule that applies'
  const failures = rules.filter(({ outcome }) => outcome === 'failed').map(({ rule }) => rule)
  return `not valid: ${failures.join(', ')}`
}

function factLines({ id, issuer, signer, sessionKey, lifetime, origins }: TokenFacts): string[] {
  return [
    ...(id === undefined ? [] : [`  session    ${bytesText(id)}`]),
    ...(sessionKey === undefined ? [] : [`  key        ${bytesText(sessionKey)}`]),
    ...(issuer === undefined ? [] : [`  issuer     ${accountText(issuer)}`]),
    ...(signer === undefined ? [] : [`  signer     ${signer.length <= SIGNER_SHOWN ? signer : 'no key'}`]),
    ...(lifetime === undefined ? [] : [`  lifetime   ${lifetimeText(lifetime)}`]),
    ...(origins === 0 ? [] : [`  delegated  ${origins === 1 ? 'once' : `${origins} times`}`]),
  ]
}

/** Hex digits of an uncompressed key. */
const SIGNER_SHOWN = 130

function lifetimeText({ unit, notBefore, issuedAt, expiration }: NonNullable<TokenFacts['lifetime']>): string {
  const moment = (at: bigint) => momentText(at, unit === 'epochs' ? 'epoch' : 'second')
  const from = notBefore === undefined ? '' : `from ${moment(notBefore)} `
  return `${from}to ${moment(expiration)}, issued ${unit === 'epochs' ? 'in' : 'at'} ${moment(issuedAt)}`
}

const SIGNS: Readonly<Record<RuleResult['outcome'], string>> = {
  passed: 'passed',
  failed: 'FAILED',
  not_applicable: '-',
}
/** That of the longest name. */
const NAME_WIDTH = 19

function ruleLines(result: RuleResult): string[] {
  const { rule, outcome } = result
  const head = `${SIGNS[outcome].padEnd(6)}  ${rule.padEnd(NAME_WIDTH)}`
  if (outcome === 'passed') return [head.trimEnd()]
  if (outcome === 'not_applicable') return [`${head}  ${result.why}`]
  const { why, at, genuine } = result
  const place = at === undefined ? '' : `${at}: `
  return [`${head}  ${place}${why}`, ...genuine.map((answer) => `${' '.repeat(NAME_WIDTH + 10)}${answerText(answer)}`)]
}

/** `storage node v0.55.0: status 2048, "…"`. */
function answerText({ server, status, grpcCode, message }: GenuineAnswer): string {
  const parts = [
    ...(status === undefined ? [] : [`status ${status}`]),
    ...(grpcCode === undefined ? [] : [`gRPC code ${grpcCode}`]),
    ...(message === undefined ? [] : [JSON.stringify(message)]),
  ]
  return `${server}: ${parts.join(', ')}`
}
