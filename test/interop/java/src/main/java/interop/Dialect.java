package interop;

import io.grpc.Channel;

/** A client of one dialect. */
interface Dialect {
  Outcome handle(Channel channel, Asked asked) throws Exception;
}
