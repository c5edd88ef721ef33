package interop;

import com.google.protobuf.Duration;
import io.grpc.Channel;
import java.util.concurrent.TimeUnit;
import protos.atomix.atomix.Headers.RequestHeader;
import protos.atomix.atomix.Headers.ResponseHeader;
import protos.atomix.atomix.Headers.ResponseStatus;
import protos.atomix.atomix.Session.CloseSessionRequest;
import protos.atomix.atomix.Session.KeepAliveRequest;
import protos.atomix.atomix.Session.OpenSessionRequest;
import protos.atomix.atomix.SessionServiceGrpc;
import protos.atomix.atomix.SessionServiceGrpc.SessionServiceBlockingStub;

/** Atomix v0.3.3: opens, keeps alive, closes. The session service is called by hand; no library does it for Java. */
final class DialectAtomix implements Dialect {
  @Override
  public Outcome handle(Channel channel, Asked asked) {
    SessionServiceBlockingStub stub =
        SessionServiceGrpc.newBlockingStub(channel).withDeadlineAfter(asked.patience_ms, TimeUnit.MILLISECONDS);
    switch (asked.action) {
      case "open":
        return open(stub, asked);
      case "keep-alive":
        var renewed = stub.keepAlive(KeepAliveRequest.newBuilder().setHeader(header(asked)).build());
        accepted(renewed.hasHeader(), renewed.getHeader());
        return Outcome.of(asked.session);
      case "close":
        var closed = stub.closeSession(CloseSessionRequest.newBuilder().setHeader(header(asked)).build());
        accepted(closed.hasHeader(), closed.getHeader());
        return Outcome.of(asked.session);
      default:
        throw new IllegalArgumentException("no such command: " + asked.action);
    }
  }

  private static Outcome open(SessionServiceBlockingStub stub, Asked asked) {
    Duration timeout =
        Duration.newBuilder()
            .setSeconds(asked.timeout_ms / 1000)
            .setNanos((int) (asked.timeout_ms % 1000) * 1_000_000)
            .build();
    OpenSessionRequest.Builder request = OpenSessionRequest.newBuilder().setTimeout(timeout);
    request.getHeaderBuilder().setPartition(asked.partition).getPrimitiveBuilder();
    var answer = stub.openSession(request.build());
    ResponseHeader opened = accepted(answer.hasHeader(), answer.getHeader());
    if (opened.getIndex() != opened.getSessionId()) {
      throw new IllegalStateException("the index is " + opened.getIndex() + ", the session " + opened.getSessionId());
    }
    return Outcome.of(asked.partition + ":" + opened.getSessionId());
  }

  private static RequestHeader header(Asked asked) {
    String[] parts = asked.session.split(":");
    long number = Long.parseLong(parts[1]);
    RequestHeader.Builder header =
        RequestHeader.newBuilder().setPartition(Integer.parseInt(parts[0])).setSessionId(number).setIndex(number);
    header.getPrimitiveBuilder();
    return header.build();
  }

  private static ResponseHeader accepted(boolean there, ResponseHeader header) {
    if (!there) throw new IllegalStateException("the answer has no header");
    if (header.getStatus() == ResponseStatus.ERROR) throw new IllegalStateException(header.getMessage());
    return header;
  }
}
