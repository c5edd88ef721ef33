import t from 'tap'
import { SignatureVerifier } from '../../src/crypto/schemes.js'
import {
  checkToken,
  OPERATIONS,
  type RuleName,
  type TokenContext,
  type TokenReport,
  toJson,
} from '../../src/tokens/index.js'
import { bytesOf, hexOf, type V2Token, v2File } from '../support/vectors.js'

/** Every token of the vectors gets the verdict of the genuine SDK and node, by the rule that is named. */

const { tokens, keys } = v2File()
const verifier = new SignatureVerifier()

function checked({ hex }: V2Token, context: TokenContext = {}): Promise<TokenReport> {
  return checkToken(bytesOf(hex), { verifier, ...context })
}

function failuresOf(report: TokenReport): readonly RuleName[] {
  return toJson(report).failed
}

/** The rule for each reason that the vectors give. */
const RULES: Readonly<Record<string, RuleName>> = {
  'more than 4 delegations': 'chain_depth',
  version: 'version',
  'appdata longer than 1024': 'app_data',
  'missing session ID': 'id',
  'invalid session ID': 'id',
  'session ID is not a version 4 UUID': 'id',
  'checksum mismatch': 'issuer_id',
  'no subjects': 'subjects',
  'more than 8 subjects': 'subjects',
  'no lifetime': 'lifetime',
  'missing lifetime': 'lifetime',
  'nbf or iat after exp': 'lifetime_order',
  'missing session key': 'session_key',
  'missing context': 'context',
  'neither container nor wildcard': 'context',
  'more than 16 contexts': 'context',
  'contexts not sorted or not unique': 'context',
  'context without verbs': 'verbs',
  'verbs not strictly ascending': 'verbs',
  'same verbs as the wildcard': 'verbs',
  'missing signature': 'signed',
  'origin is final': 'delegation_final',
  'verb not granted by the origin': 'delegation_verbs',
  'issuer is not a subject of the origin': 'delegation_issuer',
  'lifetime outside the origin': 'delegation_lifetime',
  'signature: signature mismatch': 'signature',
  'signature: signature form': 'signature',
  'signature mismatch': 'signature',
  'issuer mismatches signature': 'issuer',
  'issuer is not the signer': 'issuer',
}

t.test('the verdict apart from time, and the one rule that fails', async (t) => {
  t.equal(tokens.length, 73)
  for (const token of tokens) {
    const { name, kind, valid, reason } = token
    const report = await checked(token)
    t.equal(report.kind, kind === 'v2' ? 'SessionTokenV2' : 'SessionToken', name)
    t.equal(report.valid, valid, `${name}: ${JSON.stringify(failuresOf(report))}`)
    t.strictSame(failuresOf(report), valid ? [] : [RULES[reason]], `${name}: ${reason}`)
  }
})

t.test('what the genuine library and node say of those that fail', async (t) => {
  for (const token of tokens.filter(({ valid }) => !valid)) {
    const { decodeError, validate, nodeAuthenticate } = token.sdk
    const said = decodeError ?? (validate === undefined || validate === '' ? nodeAuthenticate : validate)
    const report = await checked(token)
    const messages = toJson(report).rules.flatMap(({ genuine = [] }) => genuine.map(({ message = '' }) => message))
    t.ok(
      said !== null && messages.some((message) => message.endsWith(said)),
      `${token.name}: ${said} of ${messages.join('; ')}`,
    )
  }
})

const TIMES: readonly RuleName[] = ['expiration', 'not_before', 'issued_at']

t.test('lifetimes and keys, around every edge', async (t) => {
  let count = 0
  for (const token of tokens) {
    const { name, checks, valid } = token
    for (const check of checks) {
      count++
      if ('time' in check) {
        const report = await checked(token, { time_s: BigInt(check.time) })
        const isWithin = !failuresOf(report).some((rule) => TIMES.includes(rule) || rule === 'lifetime')
        t.equal(isWithin, check.validAt, `${name} at ${check.time}`)
        t.equal(report.valid, valid && check.validAt, `${name} at ${check.time}`)
        continue
      }
      const at = `${name} in epoch ${check.epoch}, key ${check.sessionKey}`
      const report = await checked(token, { epoch: BigInt(check.epoch), key: bytesOf(check.sessionKey) })
      const failures = failuresOf(report)
      // The vectors read a lifetime that is not there as zeros.
      const isWithin = !failures.some((rule) => TIMES.includes(rule))
      if (!failures.includes('lifetime')) t.equal(isWithin, check.lifetimeValid, at)
      t.equal(!failures.some((rule) => rule === 'object_signer'), check.keyMatches, at)
      t.equal(report.valid, check.valid, `${at}: ${failures.join()}`)
    }
  }
  t.ok(count > 300, `${count} checks`)
})

t.test('whether a node still finds the session key', async (t) => {
  for (const token of tokens.filter(({ kind }) => kind !== 'v2')) {
    const { facts } = await checked(token)
    if (facts?.lifetime === undefined) continue
    const { expiration } = facts.lifetime
    for (const check of token.checks) {
      if ('time' in check) continue
      const { epoch, sessionKey, storedKeyUsable, keyMatches } = check
      const report = await checked(token, {
        epoch: BigInt(epoch),
        sessions: {
          name: 'the store',
          find: () => ({
            id: '0188d5a4-9c1e-4a71-8f3e-0123456789ab',
            owner: facts.issuer,
            publicKey: bytesOf(sessionKey),
            // As nodes have it: over once its last epoch begins.
            lifetime: { kind: 'epochs', notBefore: 0n, issuedAt: 0n, expiration, edge: 'exclusive' },
            end: undefined,
          }),
        },
      })
      const rules = new Map(report.rules.map(({ rule, outcome }) => [rule, outcome]))
      if (rules.get('stored_session') !== 'passed') continue
      const isUsable = rules.get('stored_lifetime') === 'passed' && rules.get('stored_key') === 'passed'
      t.equal(isUsable, storedKeyUsable && keyMatches, `${token.name} in epoch ${epoch}, key ${sessionKey}`)
    }
  }
})

t.test('containers, verbs and accounts, as the genuine library asserts them', async (t) => {
  const shared = tokens.find(({ sdk }) => sdk.assertVerbOnContainer !== undefined)?.sdk.assertVerbOnContainer?.container
  const container = bytesOf(shared ?? '')
  t.equal(container.length, 32)
  for (const token of tokens) {
    const { name, sdk, kind } = token
    const outcome = async (rule: RuleName, context: TokenContext): Promise<string | undefined> => {
      const { rules } = await checked(token, context)
      return rules.find((result) => result.rule === rule)?.outcome
    }
    if (kind !== 'v2' && typeof sdk.assertContainer === 'boolean' && (await checked(token)).valid) {
      t.equal(await outcome('container', { container }), sdk.assertContainer ? 'passed' : 'failed', name)
    }
    for (const [account, expected] of Object.entries(sdk.assertAuthority ?? {})) {
      const wanted = expected ? 'passed' : 'failed'
      t.equal(await outcome('requester', { owner: bytesOf(account) }), wanted, `${name}: ${account}`)
      const key = keys.find(({ owner }) => owner === account)?.public
      t.equal(await outcome('object_signer', { key: bytesOf(key ?? '') }), wanted, `${name}: ${account}`)
    }
    for (const [verb, expected] of Object.entries(sdk.assertVerbOnContainer?.verbs ?? {})) {
      const operation = OPERATIONS[Number(verb) - 1]
      const wanted = expected ? 'passed' : 'failed'
      t.equal(
        await outcome('verb', { container, ...(operation === undefined ? {} : { operation }) }),
        wanted,
        `${name}: ${verb}`,
      )
    }
  }
})

t.test('reports are plain JSON, and name the bytes', async (t) => {
  for (const token of tokens) {
    const report = await checked(token)
    const json = toJson(report)
    t.strictSame(JSON.parse(JSON.stringify(json)), json, token.name)
    t.equal(json.token?.issuer, report.facts?.issuer === undefined ? undefined : hexOf(report.facts.issuer), token.name)
  }
})
