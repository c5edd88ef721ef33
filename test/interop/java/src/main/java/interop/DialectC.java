package interop;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import java.util.concurrent.TimeUnit;
import protos.c.v1.C.CreateRequest;
import protos.c.v1.C.CreateResponse;
import protos.c.v1.SessionGrpc;

/** One unary call (neofs-v1 3.3). */
final class DialectC implements Dialect {
  @Override
  public Outcome handle(Channel channel, Asked asked) throws Exception {
    Key key = new Key();
    ByteString owner = key.owner(Key.Era.PREVIEW2);
    CreateRequest.Builder request = CreateRequest.newBuilder().setOwnerID(owner);
    request.getLifetimeBuilder().setValidUntil(asked.lastEpoch());
    request.getMetaBuilder().getExtendedHeaderBuilder();
    request
        .getVerifyBuilder()
        .addSignaturesBuilder()
        .setSign(key.sign(owner.concat(Key.bigEndian64(0, asked.lastEpoch()))))
        .setPeer(key.publicKey);
    CreateResponse answer =
        SessionGrpc.newBlockingStub(channel)
            .withDeadlineAfter(asked.patience_ms, TimeUnit.MILLISECONDS)
            .create(request.build());
    return Outcome.of(answer.getID(), answer.getSessionKey());
  }
}
