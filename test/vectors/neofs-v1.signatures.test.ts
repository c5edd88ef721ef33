import t from 'tap'
import type { Dialect } from '../../src/adapters/detect.js'
import type { SignedMessage } from '../../src/adapters/three-part.js'
import { bearerData, tokenData, verifyChained } from '../../src/adapters/v1/chained-signatures.js'
import { readCreate as readV1, type UnaryDialect } from '../../src/adapters/v1/codec.js'
import { read as readLegacy } from '../../src/adapters/v1-legacy/codec.js'
import type { LegacyDialect } from '../../src/adapters/v1-legacy/policy.js'
import { readCreate as readV2 } from '../../src/adapters/v2/codec.js'
import { SignatureVerifier } from '../../src/crypto/schemes.js'
import { CreateRequest } from '../../src/generated/v1/c.js'
import { DEFAULT_NESTING, decode, WireError } from '../../src/wire/index.js'
import { v1CodecOf } from '../support/decoded-v1.js'
import { bytesOf, hexOf, type V1Vector, v1File } from '../support/vectors.js'

/** What each signature of a v1 request covers, by the codecs of the adapters, against the bytes that the vectors list. */

const verifier = new SignatureVerifier()
const reporter = { signatureCheck() {} }

const LEGACY: Readonly<Record<string, LegacyDialect>> = { A0: 'A0', A1: 'A1', A2: 'A2', A3: 'A3', B: 'B' }
const UNARY: Readonly<Record<string, UnaryDialect>> = { C: 'C', Cx: 'Cx', D0: 'D', 'D2/D3': 'D', E1: 'E1', E2: 'E2' }

const signed = v1File().vectors.filter((vector) => {
  const { message, signatures } = vector
  return message === 'request' && signatures.length > 0 && !(v1CodecOf(vector)?.read(vector.hex) instanceof WireError)
})

t.test('A and B: the request with the signatures before, the token, the session key', async (t) => {
  for (const vector of signed) {
    const dialect = LEGACY[vector.dialect]
    if (dialect === undefined) continue
    const request = readLegacy(dialect, bytesOf(vector.hex), DEFAULT_NESTING)
    const token = request.init ?? request.signed
    for (const { kind, signed } of vector.signatures) {
      const place = `${vector.name}: ${kind}`
      const index = indexOf(kind)
      if (kind.startsWith('request')) t.equal(hexOf(request.signedBytes(index)), signed, place)
      else if (kind.startsWith('origin')) t.equal(hexOf(request.signatures[index]?.peer ?? NOTHING), signed, place)
      else if (kind === 'key') t.same(token?.ownerSignatures[0]?.layouts.map(hexOf), [signed], place)
      else if (kind === 'token') t.ok(token?.ownerSignatures.at(-1)?.layouts.map(hexOf).includes(signed), place)
      else t.equal(kind, 'verify.token', `${place}: is nothing that the gateway looks at`)
    }
  }
})

t.test('C and D: a fixed payload, by one of the chain rules', async (t) => {
  let count = 0
  for (const vector of signed) {
    const dialect = UNARY[vector.dialect]
    if (dialect === undefined) continue
    const { signed } = readV1(dialect, bytesOf(vector.hex), DEFAULT_NESTING)
    if (signed.kind !== 'chained') continue
    count += 1
    const requests = vector.signatures.filter(({ kind }) => kind.startsWith('request'))
    t.equal(signed.message.signatures.length, requests.length, `${vector.name}: signatures`)
    const allValid = requests.every(({ valid }) => valid) || EITHER_CHAIN_RULE.includes(vector.name)
    t.equal(verifyChained(signed.message, verifier, reporter) === undefined, allValid, `${vector.name}: all valid`)
    checkInner(t, vector)
  }
  t.ok(count > 25, `${count} vectors`)
})

t.test('E and F0: body, meta header and verification header of each hop', async (t) => {
  let count = 0
  for (const vector of signed) {
    const message = threePart(vector)
    if (message === undefined) continue
    count += 1
    for (const { kind, signed } of vector.signatures) {
      const depth = indexOf(kind)
      const part = kind.startsWith('body')
        ? message.body
        : kind.startsWith('meta')
          ? message.metas[depth]
          : message.hops[depth]?.previous
      t.same(
        [hexOf(part?.received ?? NOTHING), hexOf(part?.stable() ?? NOTHING)],
        [signed, signed],
        `${vector.name}: ${kind}`,
      )
    }
  }
  t.ok(count > 10, `${count} vectors`)
})

/** Signed by the rule up to v1.1.0 and listed as not valid by that of v1.2.0; nobody can tell, so either will do (§4.4). */
const EITHER_CHAIN_RULE = ['neg-chain-rule-of-v11-in-c12']

const NOTHING = new Uint8Array(0)

/** Tokens in the verification header of C are part of what is signed. */
function checkInner(t: Test, { name, hex, signatures }: V1Vector): void {
  const request = decode(CreateRequest, bytesOf(hex))
  if (request instanceof WireError) return
  for (const { kind, signed } of signatures) {
    const token = request.verify?.token
    if (kind === 'verify.token') t.ok(token && tokenData(token).map(hexOf).includes(signed), `${name}: ${kind}`)
    if (kind === 'verify.bearer') t.equal(hexOf(bearerData(request.verify?.bearer)), signed, `${name}: ${kind}`)
  }
}

type Test = import('tap').Test

function threePart({ dialect, hex }: V1Vector): SignedMessage | undefined {
  if (dialect === 'F0') return readV2(bytesOf(hex), DEFAULT_NESTING).signed
  const unary: Dialect | undefined = UNARY[dialect]
  if (unary !== 'E1' && unary !== 'E2') return undefined
  const { signed } = readV1(unary, bytesOf(hex), DEFAULT_NESTING)
  return signed.kind === 'three-part' ? signed.message : undefined
}

/** `request[1]` is 1. */
function indexOf(kind: string): number {
  return Number(/\[(\d+)\]$/.exec(kind)?.[1] ?? 0)
}
