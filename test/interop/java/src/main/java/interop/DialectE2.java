package interop;

import io.grpc.Channel;
import java.util.concurrent.TimeUnit;
import protos.e2.v1.E2.CreateRequest;
import protos.e2.v1.SessionGrpc;

/** Seed 000, with the three signatures of its only relative (neofs-v1 4.6). */
final class DialectE2 implements Dialect {
  @Override
  public Outcome handle(Channel channel, Asked asked) throws Exception {
    Key key = new Key();
    CreateRequest.Builder request = CreateRequest.newBuilder();
    request.getBodyBuilder().getOwnerIdBuilder().setValue(key.owner(Key.Era.PREVIEW2));
    request.getBodyBuilder().getLifetimeBuilder().setExp(asked.lastEpoch());
    request.getMetaHeaderBuilder().setTtl(2).getVersionBuilder().setMajor(2);
    ThreeSignatures.sign(key, request);
    return ThreeSignatures.opened(
        SessionGrpc.newBlockingStub(channel)
            .withDeadlineAfter(asked.patience_ms, TimeUnit.MILLISECONDS)
            .create(request.build()));
  }
}
