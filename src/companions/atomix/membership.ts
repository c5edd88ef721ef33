import { decodeRequest } from '../../adapters/decode-request.js'
import { SessionError } from '../../core/errors.js'
import { JoinGroupRequest, JoinGroupResponse } from '../../generated/atomix/membership.js'
import { CallError, GrpcCode, type MessageSink, type StreamCall } from '../../transport/transport.js'
import { encode } from '../../wire/index.js'
import { type Companion, CompanionCall, type CompanionContext, pathOf } from '../companion.js'

const SERVICE = 'atomix.membership.MembershipService'
const METHOD = 'JoinGroup'

/** A group without members: all that a client waits for is that something comes. */
const ANSWER = encode(JoinGroupResponse, JoinGroupResponse.create())

/**
 * `atomix.membership.MembershipService`: clients from v0.2.0 on wait for the first message of the stream before anything
 * else, most of them for ever (atomix §4.5). Then it stays open, until the client leaves or the gateway ends.
 */
export function membershipCompanion(context: CompanionContext, nesting: number): Companion {
  const open = new Set<StreamCall>()
  let closed = false

  const join = (call: StreamCall): MessageSink => {
    let asked = false
    const report = new CompanionCall(context, SERVICE, METHOD)
    open.add(call)
    const refuse = (thrown: unknown): void => {
      open.delete(call)
      const error = report.failed(thrown)
      call.fail(new CallError(GrpcCode.INTERNAL, error.message, { cause: error }))
    }
    return {
      message(bytes) {
        if (asked) return
        asked = true
        try {
          decodeRequest(JoinGroupRequest, bytes, nesting, 'stream')
        } catch (thrown) {
          refuse(thrown)
          return
        }
        call.send(ANSWER)
        report.succeeded()
        if (closed && open.delete(call)) call.end()
      },
      halfClosed() {
        if (!asked) refuse(new SessionError('malformed', 'group request: the call carried no message'))
      },
      gone() {
        open.delete(call)
      },
    }
  }

  return {
    generation: 'atomix',
    service: SERVICE,
    methods: [{ path: pathOf(SERVICE, METHOD), kind: 'stream', handler: join }],
    // With OK: a client prints any other status on its standard output, and does the same in either case.
    close() {
      closed = true
      for (const call of open) call.end()
      open.clear()
    },
  }
}
