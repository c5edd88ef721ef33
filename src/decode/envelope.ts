import {
  RequestMetaHeader,
  RequestVerificationHeader,
  ResponseMetaHeader,
  ResponseVerificationHeader,
} from '../generated/v2/session.js'
import { messageType } from '../wire/codec.js'
import { bytes, message } from '../wire/fields.js'
import type { MessageType, WireMessage } from '../wire/index.js'
import { NO_BYTES } from '../wire/message.js'

/**
 * Requests and responses of neo.fs.v2 services that the gateway does not serve. All of them have the same three fields
 * (neofs-v2 §2.1), of which only the body differs: here it is bytes. No .proto has such a message.
 */

export interface AnyRequest extends WireMessage {
  body: Uint8Array
  metaHeader: RequestMetaHeader | undefined
  verifyHeader: RequestVerificationHeader | undefined
}

export const AnyRequest: MessageType<AnyRequest> = messageType<AnyRequest>(
  'neo.fs.v2 request',
  () => ({
    $raw: undefined,
    $unknown: NO_BYTES,
    body: NO_BYTES,
    metaHeader: undefined,
    verifyHeader: undefined,
  }),
  [
    bytes(
      1,
      'body',
      (m: AnyRequest) => m.body,
      (m, v) => {
        m.body = v
      },
    ),
    message(
      2,
      'meta_header',
      () => RequestMetaHeader,
      (m: AnyRequest) => m.metaHeader,
      (m, v) => {
        m.metaHeader = v
      },
    ),
    message(
      3,
      'verify_header',
      () => RequestVerificationHeader,
      (m: AnyRequest) => m.verifyHeader,
      (m, v) => {
        m.verifyHeader = v
      },
    ),
  ],
)

export interface AnyResponse extends WireMessage {
  body: Uint8Array
  metaHeader: ResponseMetaHeader | undefined
  verifyHeader: ResponseVerificationHeader | undefined
}

export const AnyResponse: MessageType<AnyResponse> = messageType<AnyResponse>(
  'neo.fs.v2 response',
  () => ({
    $raw: undefined,
    $unknown: NO_BYTES,
    body: NO_BYTES,
    metaHeader: undefined,
    verifyHeader: undefined,
  }),
  [
    bytes(
      1,
      'body',
      (m: AnyResponse) => m.body,
      (m, v) => {
        m.body = v
      },
    ),
    message(
      2,
      'meta_header',
      () => ResponseMetaHeader,
      (m: AnyResponse) => m.metaHeader,
      (m, v) => {
        m.metaHeader = v
      },
    ),
    message(
      3,
      'verify_header',
      () => ResponseVerificationHeader,
      (m: AnyResponse) => m.verifyHeader,
      (m, v) => {
        m.verifyHeader = v
      },
    ),
  ],
)

/** No message: every field is told by its number alone. */
export const Unknown: MessageType<WireMessage> = messageType<WireMessage>(
  'unknown',
  () => ({ $raw: undefined, $unknown: NO_BYTES }),
  [],
)
