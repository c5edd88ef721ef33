package interop;

import io.grpc.Channel;
import java.util.concurrent.TimeUnit;
import protos.v218.v2.Session.CreateRequest;
import protos.v218.v2.Session.CreateResponse;
import protos.v218.v2.SessionServiceGrpc;
import protos.v218.v2.StatusOuterClass.Status;

/** neo.fs.v2 as a client of version 2.18 speaks it: signatures of scheme 0, answers signed, errors as status. */
final class DialectV218 implements Dialect {
  @Override
  public Outcome handle(Channel channel, Asked asked) throws Exception {
    Key key = new Key();
    CreateRequest.Builder request = CreateRequest.newBuilder();
    request.getBodyBuilder().setExpiration(asked.lastEpoch());
    request.getBodyBuilder().getOwnerIdBuilder().setValue(key.owner(Key.Era.NEO3));
    request.getMetaHeaderBuilder().setTtl(2).getVersionBuilder().setMajor(2).setMinor(18);
    ThreeSignatures.sign(key, request);
    CreateResponse answer =
        SessionServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(asked.patience_ms, TimeUnit.MILLISECONDS)
            .create(request.build());
    Outcome outcome = ThreeSignatures.opened(answer);
    Status status = answer.getMetaHeader().getStatus();
    if (status.getCode() != 0) {
      throw new IllegalStateException("status " + status.getCode() + ": " + status.getMessage());
    }
    return outcome;
  }
}
