import { ResponseMetaHeader, type ResponseVerificationHeader } from '../../generated/v2/session.js'
import { decode, type MessageType, WireError, type WireMessage } from '../../wire/index.js'
import { expect, type Finding, fault, printable } from '../finding.js'
import { partOf, signatureFaults } from '../three-part.js'
import { newerFaults } from '../versions.js'
import { announced, type Minor } from './request.js'

/** How clients of neo.fs.v2 take an answer, of any service, by the version that they announced (neofs-v2 §3.5, §5). */

export interface Answer<Body extends WireMessage> extends WireMessage {
  body: Body | undefined
  metaHeader: ResponseMetaHeader | undefined
  verifyHeader: ResponseVerificationHeader | undefined
}

export interface AnswerType<Body extends WireMessage> {
  readonly message: MessageType<Answer<Body>>
  readonly body: MessageType<Body>
  /** The body without the fields that the client's version lacks; undefined if it has them all. */
  readonly known?: (body: Body, minor: number) => Body
}

export interface ReadAnswer<Body extends WireMessage> {
  /** What is wrong with the form of the answer, success or not. */
  readonly faults: readonly Finding[]
  readonly body: Body | undefined
  readonly meta: ResponseMetaHeader | undefined
  /** 0 is success. */
  readonly status: { readonly code: number; readonly message: string }
}

/** Clients up to this version refuse an answer that is not signed; those of the next SDK never look (§3.5). */
const LAST_VERIFYING = 21
const FIRST_WITH_STATUS = 11
const FIRST_WITH_SCHEMES = 12
const FIRST_WITH_WALLET_CONNECT = 13
/** From here on a node may leave its meta header out (§1.2). */
const FIRST_WITHOUT_META = 25

const OK = { code: 0, message: '' }

export function readAnswer<Body extends WireMessage>(
  type: AnswerType<Body>,
  bytes: Uint8Array,
  minor: Minor,
): ReadAnswer<Body> | Finding {
  const version = minor ?? 0
  const answer = decode(type.message, bytes)
  if (answer instanceof WireError) return fault('neofs-v2 §2.1', `the answer does not decode: ${answer.message}`)
  const { body, metaHeader, verifyHeader } = answer
  const faults: Finding[] = []
  if (metaHeader === undefined && version < FIRST_WITHOUT_META) {
    faults.push(fault('neofs-v2 §5.4', 'the answer has no meta header'))
  }
  if (metaHeader?.status !== undefined && version < FIRST_WITH_STATUS) {
    const text = `a status for a client of 2.${version}, which knows none and can't verify what it can't write again`
    faults.push(fault('neofs-v2 §3.3', text))
  }
  faults.push(...newerFaults(metaHeader?.version, announced(minor), 'neofs-v2 §5.4'))
  if (version <= LAST_VERIFYING) {
    const known = (each: Body): Body => type.known?.(each, version) ?? each
    const rule = { reference: 'neofs-v2 §3.5', schemes: schemesOf(version) }
    const meta = partOf(ResponseMetaHeader, metaHeader, (each) => knownMeta(each, version))
    faults.push(...signatureFaults(verifyHeader, partOf(type.body, body, known), meta, rule))
  }
  const status = metaHeader?.status ?? OK
  faults.push(...statusFaults(status.code, body))
  return { faults, body, meta: metaHeader, status: { code: status.code, message: printable(status.message) } }
}

function statusFaults(code: number, body: WireMessage | undefined): Finding[] {
  if (code === 0) return []
  return expect(body === undefined, 'neofs-v2 §3.6', `status ${code} together with a body`)
}

/** What is left of a meta header once a client has decoded it. */
function knownMeta(meta: ResponseMetaHeader, version: number): ResponseMetaHeader {
  return version >= FIRST_WITH_STATUS ? meta : { ...meta, status: undefined }
}

function schemesOf(version: number): readonly number[] {
  if (version >= FIRST_WITH_WALLET_CONNECT) return [0, 1, 2]
  return version >= FIRST_WITH_SCHEMES ? [0, 1] : [0]
}

/** `status 1026 "words of the server"`. */
export function statusText({ code, message }: ReadAnswer<WireMessage>['status']): string {
  return message === '' ? `status ${code}` : `status ${code} "${message}"`
}
