package interop;

import io.grpc.Channel;
import java.util.concurrent.TimeUnit;
import protos.f0.v2.F0.CreateRequest;
import protos.f0.v2.SessionServiceGrpc;

/** neo.fs.v2 of August 2020 (neofs-v2 1). */
final class DialectF0 implements Dialect {
  @Override
  public Outcome handle(Channel channel, Asked asked) throws Exception {
    Key key = new Key();
    CreateRequest.Builder request = CreateRequest.newBuilder();
    request.getBodyBuilder().getOwnerIdBuilder().setValue(key.owner(Key.Era.PREVIEW2));
    request.getBodyBuilder().getLifetimeBuilder().setExp(asked.lastEpoch());
    request.getMetaHeaderBuilder().setTtl(2).getVersionBuilder().setMajor(2);
    ThreeSignatures.sign(key, request);
    return ThreeSignatures.opened(
        SessionServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(asked.patience_ms, TimeUnit.MILLISECONDS)
            .create(request.build()));
  }
}
