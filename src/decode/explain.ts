import { SignatureVerifier } from '../crypto/schemes.js'
import type { Candidate } from './candidate.js'
import { Unknown } from './envelope.js'
import type { Explanation, InputForm, MessageExplanation, MessageKind } from './explanation.js'
import { identify } from './identify.js'
import { framesOf, InputError } from './input.js'
import { explainKeys, ownerNamesOf } from './keys.js'
import { DECODE_LIMITS, type DecodeLimits } from './limits.js'
import { explainNodes } from './nodes.js'
import { treeOf } from './tree.js'

export interface ExplainOptions {
  /** gRPC path of the call that the bytes come from; without it every known message is tried. */
  readonly path?: string
  /** In which form the bytes were given, for the record; `binary` if not given. */
  readonly form?: InputForm
  readonly limits?: Partial<DecodeLimits>
  /** One of the process, which remembers keys and what it verified; its own if not given. */
  readonly verifier?: SignatureVerifier
}

/**
 * Explains the bytes of one message, with or without its gRPC frame, or of several in their frames. Bytes that are no
 * message are explained up to the first bad one. Raises PathError for a path that no generation has, InputError for more
 * bytes than the limit.
 */
export function explain(bytes: Uint8Array, options: ExplainOptions = {}): Explanation {
  const { path, form = 'binary', verifier = new SignatureVerifier({ publicKeys: 256, verified: 0 }) } = options
  const limits = { ...DECODE_LIMITS, ...options.limits }
  if (bytes.length > limits.size) throw new InputError(`${bytes.length} bytes, at most ${limits.size} are explained`)
  const { framed, messages: frames, error } = framesOf(bytes, limits.messages)
  const messages = frames.map(({ offset, message }) => ({
    offset,
    size: message.length,
    ...explainMessage(message, path, verifier, limits),
  }))
  return {
    input: { form, size: bytes.length, framed },
    decoded: error === undefined && messages.every(({ decoded }) => decoded),
    messages,
    ...(error === undefined ? {} : { frameError: error }),
  }
}

function explainMessage(
  bytes: Uint8Array,
  path: string | undefined,
  verifier: SignatureVerifier,
  limits: DecodeLimits,
): Omit<MessageExplanation, 'offset' | 'size'> {
  const { candidate, reason, alternatives } = identify(bytes, path, limits)
  const { nodes, leftOut, error } = treeOf(candidate?.type ?? Unknown, bytes, limits)
  const report = error === undefined ? candidate?.signatures(bytes, verifier, limits) : undefined
  const signatures = report?.checker.found ?? []
  const keys = explainKeys(nodes, signatures)
  return {
    ...(candidate === undefined ? {} : { kind: kindOf(candidate) }),
    reason,
    alternatives: alternatives.map(kindOf),
    decoded: candidate !== undefined && error === undefined,
    fields: explainNodes(nodes, ownerNamesOf(nodes, keys)),
    fieldsLeftOut: leftOut,
    signatures,
    signaturesLeftOut: report?.checker.leftOut ?? 0,
    ...(report?.verdict === undefined ? {} : { verdict: report.verdict }),
    keys,
    ...(error === undefined ? {} : { error }),
  }
}

function kindOf({ generation, dialect, direction, type, paths }: Candidate): MessageKind {
  return { generation, dialect, direction, type: type.name, paths }
}
