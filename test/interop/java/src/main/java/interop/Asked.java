package interop;

/** What the program is asked to do, once or several times at once; the other side is test/interop/program.ts. */
final class Asked {
  int id;

  /** Said with "do" on the wire. */
  @com.google.gson.annotations.SerializedName("do")
  String action;

  int count;
  long patience_ms;
  /** With a connection of its own. */
  boolean fresh;

  /** Unsigned, decimal. */
  String expiration;

  int partition;
  long timeout_ms;
  /** PARTITION:NUMBER of Atomix. */
  String session;

  long lastEpoch() {
    return Long.parseUnsignedLong(expiration);
  }
}
