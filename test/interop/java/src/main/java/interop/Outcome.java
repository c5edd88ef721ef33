package interop;

import com.google.protobuf.ByteString;
import java.util.HexFormat;

/** What came of it. */
final class Outcome {
  int command;
  /** The id in hex, or PARTITION:NUMBER. */
  String session = "";
  /** The session key in hex. */
  String key = "";
  /** Empty if it worked. */
  String error = "";
  long took_ms;

  static Outcome of(ByteString id, ByteString key) {
    Outcome outcome = new Outcome();
    outcome.session = HexFormat.of().formatHex(id.toByteArray());
    outcome.key = HexFormat.of().formatHex(key.toByteArray());
    return outcome;
  }

  static Outcome of(String session) {
    Outcome outcome = new Outcome();
    outcome.session = session;
    return outcome;
  }
}
