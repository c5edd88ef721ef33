package interop;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import java.security.GeneralSecurityException;

/**
 * What E2, F0 and neo.fs.v2 have in common: body, meta header and verification header of requests and answers are signed each
 * (neofs-v1 4.6, neofs-v2 3). They share no type, so fields are found by their names.
 */
final class ThreeSignatures {
  private ThreeSignatures() {}

  /** Signs as the first hop, where there is nothing before to sign. */
  static void sign(Key key, Message.Builder request) throws GeneralSecurityException {
    Message.Builder verify = request.getFieldBuilder(field(request, "verify_header"));
    put(key, verify, "body_signature", sub(request, "body").toByteString());
    put(key, verify, "meta_signature", sub(request, "meta_header").toByteString());
    put(key, verify, "origin_signature", ByteString.EMPTY);
  }

  /** The session of an answer whose signatures verify. */
  static Outcome opened(Message answer) throws GeneralSecurityException {
    Message body = sub(answer, "body");
    Message verify = sub(answer, "verify_header");
    check(verify, "body_signature", body.toByteString());
    check(verify, "meta_signature", sub(answer, "meta_header").toByteString());
    check(verify, "origin_signature", ByteString.EMPTY);
    return Outcome.of(bytes(body, "id"), bytes(body, "session_key"));
  }

  private static void put(Key key, Message.Builder verify, String name, ByteString data)
      throws GeneralSecurityException {
    Message.Builder signature = verify.getFieldBuilder(field(verify, name));
    signature.setField(field(signature, "key"), key.publicKey);
    signature.setField(field(signature, "sign"), key.sign(data));
  }

  private static void check(Message verify, String name, ByteString data) throws GeneralSecurityException {
    if (!verify.hasField(field(verify, name))) throw new GeneralSecurityException("missing " + name);
    Message signature = sub(verify, name);
    Key.verify(bytes(signature, "key"), bytes(signature, "sign"), data);
  }

  private static Message sub(MessageOrBuilder message, String name) {
    return (Message) message.getField(field(message, name));
  }

  private static ByteString bytes(Message message, String name) {
    return (ByteString) message.getField(field(message, name));
  }

  private static com.google.protobuf.Descriptors.FieldDescriptor field(MessageOrBuilder message, String name) {
    return message.getDescriptorForType().findFieldByName(name);
  }
}
