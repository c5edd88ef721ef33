import type { Clock } from '../core/clock.js'
import type { Epochs } from '../core/epochs.js'
import type { Sessions } from '../core/sessions.js'
import type { Logger } from '../log.js'
import type { MessageSink, Method, StreamCall } from '../transport/transport.js'
import type { Detected } from './detect.js'

/** The four wire families; also the health service names and the `generation` of every session's origin. */
export const GENERATIONS = ['v1-legacy', 'v1', 'v2', 'atomix'] as const
export type Generation = (typeof GENERATIONS)[number]

/**
 * How request signatures are treated. `genuine`: as the genuine server of that dialect did, `whenPresent` where none is
 * known. `whenPresent`: what is there has to verify. `required`: it has to be there too. `off`: not looked at,
 * except where the owner is checked: a key that has not signed proves nothing.
 */
export type SignaturePolicy = 'genuine' | 'required' | 'whenPresent' | 'off'

/** Whether a key of the request has to own the owner id. `genuine`: as the genuine server of that dialect did. */
export type OwnerPolicy = 'genuine' | 'on' | 'off'

/** A client as its request shows it; `version` is what it announced, or ''. */
export interface SeenClient {
  readonly generation: Generation
  readonly dialect: string
  readonly version: string
  readonly userAgent: string
  readonly peer: string
}

/** What adapters report. Implemented by the metrics; every method is cheap and never throws. */
export interface AdapterObserver {
  /** One finished call: `operation` is open, keep-alive or close; `outcome` is ok or an error code. */
  operation(report: {
    operation: 'open' | 'keep-alive' | 'close'
    generation: Generation
    dialect: string
    outcome: string
    duration_ms: number
  }): void
  /** One checked signature. `outcome`: received, stable, without-field-9 or, for the older dialects, valid; else invalid. */
  signatureCheck(scheme: number, outcome: string): void
  seen(client: SeenClient): void
  /** A session was opened whose lifetime is over at the current epoch: nobody can use it, and the client is not told. */
  bornExpired(client: SeenClient): void
  /** A named limit was hit. */
  limit(name: string): void
}

/** What every adapter is given. */
export interface AdapterContext {
  readonly sessions: Sessions
  readonly clock: Clock
  readonly epochs: Epochs
  readonly observer: AdapterObserver
  readonly log: Logger
}

/** Takes over a call on the path that several dialects share, once its first message has told the dialect. */
export type DialectHandler = (call: StreamCall, first: Uint8Array, detection: Detected) => MessageSink

export interface Adapter {
  readonly name: Generation
  /** Methods on paths of its own. */
  readonly methods: readonly Method[]
  /** Its part of `/session.Session/Create`, where it has one. */
  readonly sharedPath?: DialectHandler
}
