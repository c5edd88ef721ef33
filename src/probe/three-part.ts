import { isScheme, SignatureVerifier } from '../crypto/schemes.js'
import { encode, type MessageType, type WireMessage } from '../wire/index.js'
import { type Finding, fault } from './finding.js'

/**
 * Signatures of answers in three parts, as E, F0 and neo.fs.v2 have them (neofs-v2 §3.1): body, meta header, and the
 * verification header before, of which an answer has none.
 */

export interface PartSignature {
  readonly key: Uint8Array
  readonly sign: Uint8Array
  readonly scheme?: number
}

export interface AnswerSignatures {
  readonly bodySignature: PartSignature | undefined
  readonly metaSignature: PartSignature | undefined
  readonly originSignature: PartSignature | undefined
  readonly origin: WireMessage | undefined
}

/** What a signature covers: as the client writes it again from the fields that it knows, and as it came. */
export interface Part {
  readonly written: Uint8Array
  readonly received: Uint8Array
}

const NOTHING = new Uint8Array(0)
const ABSENT: Part = { written: NOTHING, received: NOTHING }

/** `known` leaves out what the client's version has no field for. */
export function partOf<T extends WireMessage>(
  type: MessageType<T>,
  message: T | undefined,
  known: (message: T) => T = (each) => each,
): Part {
  if (message === undefined) return ABSENT
  return { written: encode(type, known(message)), received: message.$raw ?? NOTHING }
}

export interface AnswerRule {
  readonly reference: string
  /** Signature schemes that the client knows. */
  readonly schemes: readonly number[]
}

const verifier = new SignatureVerifier()

/** What a client of that rule finds wrong with the signatures of an answer. */
export function signatureFaults(
  verify: AnswerSignatures | undefined,
  body: Part,
  meta: Part,
  rule: AnswerRule,
): Finding[] {
  const { reference } = rule
  if (verify === undefined) return [fault(reference, 'the answer is not signed: it has no verification header')]
  const faults = [
    ...partFaults('body signature', verify.bodySignature, body, rule),
    ...partFaults('meta signature', verify.metaSignature, meta, rule),
    ...partFaults('origin signature', verify.originSignature, ABSENT, rule),
  ]
  if (verify.origin !== undefined) faults.push(fault(reference, 'the verification header wraps another one'))
  return faults
}

function partFaults(
  name: string,
  signature: PartSignature | undefined,
  { written, received }: Part,
  { reference, schemes }: AnswerRule,
): Finding[] {
  if (signature === undefined) return [fault(reference, `${name} is missing`)]
  const { key, sign, scheme = 0 } = signature
  if (!schemes.includes(scheme)) {
    const why = isScheme(scheme) ? 'this client does not know it' : 'nobody can check it here'
    return [fault('neofs-v2 §3.5', `${name} has scheme ${scheme}: ${why}`)]
  }
  const check = { scheme, publicKey: key, signature: sign }
  const found = verifier.verify({ ...check, data: written })
  if (found === undefined) return []
  if (verifier.verify({ ...check, data: received }) !== undefined) {
    return [fault(reference, `${name} is not valid: ${found.reason}`)]
  }
  return [fault('neofs-v2 §3.3', `${name} covers bytes that this client can't write again: it has no such field`)]
}
