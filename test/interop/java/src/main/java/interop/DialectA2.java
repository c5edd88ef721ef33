package interop;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import protos.a2.v1_legacy.A2.CreateRequest;
import protos.a2.v1_legacy.A2.CreateResponse;
import protos.a2.v1_legacy.SessionGrpc;
import protos.a2.v1_legacy.a.TokenOuterClass.Token;

/** The streaming handshake of four steps, with the token's two signatures (neofs-v1 3.1). */
final class DialectA2 implements Dialect {
  private static final ByteString OBJECT = ByteString.fromHex("00112233445546778899aabbccddeeff");

  @Override
  public Outcome handle(Channel channel, Asked asked) throws Exception {
    Key key = new Key();
    Answers answers = new Answers();
    StreamObserver<CreateRequest> requests =
        SessionGrpc.newStub(channel)
            .withDeadlineAfter(asked.patience_ms, TimeUnit.MILLISECONDS)
            .create(answers);

    Token.Builder init =
        Token.newBuilder()
            .setOwnerID(key.owner(Key.Era.NEO2))
            .setLastEpoch(asked.lastEpoch())
            .addObjectID(OBJECT)
            .setID(ByteString.copyFrom(new byte[16]))
            .addPublicKeys(key.publicKey);
    init.getHeaderBuilder();
    requests.onNext(signed(key, CreateRequest.newBuilder().setInit(init)));

    Token unsigned = answers.take().getUnsigned();
    Token echo = init.setHeader(unsigned.getHeader()).setID(unsigned.getID()).build();
    if (!unsigned.equals(echo)) throw new IllegalStateException("received token differs");

    Token.Builder token = unsigned.toBuilder();
    token.getHeaderBuilder().setKeySignature(key.sign(unsigned.getHeader().getPublicKey()));
    ByteString data =
        Key.bigEndian64(token.getFirstEpoch(), token.getLastEpoch())
            .concat(ByteString.copyFrom(token.getObjectIDList()));
    token.setSignature(key.sign(data));
    requests.onNext(signed(key, CreateRequest.newBuilder().setSigned(token)));

    Token result = answers.take().getResult();
    if (!result.equals(token.build())) throw new IllegalStateException("the result is not the signed token");
    // No client of that time ever half-closed: the server ends the call.
    if (answers.next().isPresent()) throw new IllegalStateException("a message came after the result");
    return Outcome.of(result.getID(), result.getHeader().getPublicKey());
  }

  /** Signed over the request with both headers empty, and sent with a TTL (neofs-v1 4.3). */
  private static CreateRequest signed(Key key, CreateRequest.Builder request) throws Exception {
    request.getMetaBuilder();
    request.getVerifyBuilder();
    ByteString sign = key.sign(request.build().toByteString());
    request.getMetaBuilder().setTTL(2);
    request.getVerifyBuilder().addSignaturesBuilder().getSignBuilder().setSign(sign).setPeer(key.publicKey);
    return request.build();
  }

  /** What comes from the server, one after the other. */
  private static final class Answers implements StreamObserver<CreateResponse> {
    private final BlockingQueue<Object> came = new LinkedBlockingQueue<>();
    private static final Object END = new Object();

    CreateResponse take() throws Exception {
      return next().orElseThrow(() -> new IllegalStateException("the call ended too early"));
    }

    /** Empty when the call has ended well. */
    Optional<CreateResponse> next() throws Exception {
      Object one = came.take();
      if (one instanceof Exception failure) throw failure;
      return one instanceof CreateResponse answer ? Optional.of(answer) : Optional.empty();
    }

    @Override
    public void onNext(CreateResponse answer) {
      came.add(answer);
    }

    @Override
    public void onError(Throwable failure) {
      came.add(failure);
    }

    @Override
    public void onCompleted() {
      came.add(END);
    }
  }
}
