import { GrpcCode } from '../../transport/transport.js'
import { codeName } from '../answers.js'
import type { ProbeClient } from '../client.js'
import { type Finding, findingText, printable } from '../finding.js'
import type { ProbeSetup } from '../setup.js'

/** What no strict client sends, and what the genuine servers make of it. */
export interface Case {
  /** The row of the table that the case belongs to: it is run where that row works. */
  readonly row: string
  /** What is sent. */
  readonly name: string
  readonly reference: string
  readonly genuine: Expectation
  readonly run: (client: ProbeClient, setup: ProbeSetup) => Promise<Observed>
}

/** How a server took a call. */
export interface Observed {
  readonly kind: 'accepted' | 'grpc' | 'status'
  /** Of gRPC, or the status in the answer; 0 for `accepted`. */
  readonly code: number
  readonly message: string
  /** What a client of that version could not take in the answer, refusal or not. */
  readonly faults: readonly Finding[]
}

export interface Expectation {
  /** For the table, e.g. `status 1026 or 1024`. */
  readonly text: string
  readonly holds: (observed: Observed) => boolean
}

export function accepted(faults: readonly Finding[] = []): Observed {
  return { kind: 'accepted', code: 0, message: '', faults }
}

export function grpcError({ code, message }: { code: number; message: string }): Observed {
  return { kind: 'grpc', code, message: printable(message), faults: [] }
}

export const ACCEPTS: Expectation = { text: 'accepted', holds: ({ kind }) => kind === 'accepted' }

/** Which code is not known, or nobody minds; but an answer has to come, and it is not that the server is away. */
export const REFUSES: Expectation = {
  text: 'refused',
  holds: ({ kind, code }) =>
    kind === 'status' || (kind === 'grpc' && code !== GrpcCode.UNAVAILABLE && code !== GrpcCode.DEADLINE_EXCEEDED),
}

export function grpc(...codes: readonly number[]): Expectation {
  return {
    text: codes.map(codeName).join(' or '),
    holds: ({ kind, code }) => kind === 'grpc' && codes.includes(code),
  }
}

export function status(...codes: readonly number[]): Expectation {
  return { text: `status ${codes.join(' or ')}`, holds: ({ kind, code }) => kind === 'status' && codes.includes(code) }
}

export function either(...expectations: readonly Expectation[]): Expectation {
  return {
    text: expectations.map(({ text }) => text).join(', or '),
    holds: (observed) => expectations.some(({ holds }) => holds(observed)),
  }
}

export function observedText({ kind, code, message, faults }: Observed): string {
  const words = message === '' ? '' : ` "${message}"`
  const answer = kind === 'accepted' ? 'accepted' : `${kind === 'grpc' ? codeName(code) : `status ${code}`}${words}`
  return [answer, ...faults.map(findingText)].join('; ')
}
