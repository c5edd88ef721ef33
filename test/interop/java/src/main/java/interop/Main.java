package interop;

import com.google.gson.Gson;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A client on grpc-java of the dialect that is asked for. Reads commands from standard input, one JSON object a line, and
 * answers each with one or more JSON objects on standard output.
 */
public final class Main {
  private static final Map<String, Dialect> DIALECTS =
      Map.of(
          "a2", new DialectA2(),
          "c", new DialectC(),
          "e2", new DialectE2(),
          "f0", new DialectF0(),
          "v218", new DialectV218(),
          "atomix", new DialectAtomix());

  private final Gson gson = new Gson();
  private final Dialect dialect;
  private final String address;
  private final ChannelCredentials credentials;
  private final ManagedChannel kept;

  private Main(Map<String, String> given) throws IOException {
    dialect = DIALECTS.get(given.get("-dialect"));
    address = given.get("-address");
    String authority = given.get("-authority");
    credentials =
        authority == null
            ? InsecureChannelCredentials.create()
            : TlsChannelCredentials.newBuilder().trustManager(new File(authority)).build();
    kept = connect();
  }

  /** `-address HOST:PORT -dialect NAME`, and `-authority FILE` where the gateway has TLS. */
  public static void main(String[] args) throws IOException {
    Map<String, String> given = new HashMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) given.put(args[i], args[i + 1]);
    new Main(given).serve();
  }

  /** Ends when standard input does. */
  private void serve() throws IOException {
    ExecutorService workers = Executors.newCachedThreadPool();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      Asked asked = gson.fromJson(line, Asked.class);
      for (int i = 0; i < asked.count; i++) workers.execute(() -> answer(asked));
    }
    System.exit(0);
  }

  private void answer(Asked asked) {
    long began = System.nanoTime();
    Outcome outcome;
    try {
      outcome = dialect.handle(asked.fresh ? connect() : kept, asked);
    } catch (Exception failure) {
      outcome = new Outcome();
      outcome.error = textOf(failure);
    }
    outcome.command = asked.id;
    outcome.took_ms = (System.nanoTime() - began) / 1_000_000;
    synchronized (System.out) {
      System.out.println(gson.toJson(outcome));
      System.out.flush();
    }
  }

  private static String textOf(Exception failure) {
    if (failure instanceof StatusRuntimeException || failure instanceof StatusException) {
      Status status = Status.fromThrowable(failure);
      return status.getCode() + ": " + status.getDescription();
    }
    return failure.toString();
  }

  private ManagedChannel connect() {
    return Grpc.newChannelBuilder(address, credentials).build();
  }
}
