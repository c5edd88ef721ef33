package interop;

import com.google.protobuf.ByteString;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.util.HexFormat;
import org.bouncycastle.crypto.digests.RIPEMD160Digest;

/** An owner's key: signatures of scheme 0, and owner ids as the clients of every NeoFS generation made them. */
final class Key {
  /** What stands before and after the public key in the script of its account (neofs-v1 5.1, neofs-v2 6). */
  enum Era {
    NEO2(0x17, "21", "ac"),
    PREVIEW2(0x35, "0c21", "0b410a906ad4"),
    NEO3(0x35, "0c21", "4156e7b327");

    final int prefix;
    final byte[] before;
    final byte[] after;

    Era(int prefix, String before, String after) {
      this.prefix = prefix;
      this.before = HexFormat.of().parseHex(before);
      this.after = HexFormat.of().parseHex(after);
    }
  }

  private static final String ECDSA = "SHA512withECDSAinP1363Format";
  private static final ECGenParameterSpec CURVE = new ECGenParameterSpec("secp256r1");

  private final KeyPair pair;
  /** 33 bytes. */
  final ByteString publicKey;

  Key() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(CURVE);
    pair = generator.generateKeyPair();
    ECPoint point = ((ECPublicKey) pair.getPublic()).getW();
    byte sign = (byte) (point.getAffineY().testBit(0) ? 3 : 2);
    publicKey = ByteString.copyFrom(new byte[] {sign}).concat(fixed32(point.getAffineX()));
  }

  /** 0x04, r and s. */
  ByteString sign(ByteString data) throws GeneralSecurityException {
    Signature signer = Signature.getInstance(ECDSA);
    signer.initSign(pair.getPrivate());
    signer.update(data.asReadOnlyByteBuffer());
    return ByteString.copyFrom(new byte[] {4}).concat(ByteString.copyFrom(signer.sign()));
  }

  /** 25 bytes. */
  ByteString owner(Era era) throws GeneralSecurityException {
    byte[] script =
        ByteBuffer.allocate(era.before.length + publicKey.size() + era.after.length)
            .put(era.before)
            .put(publicKey.toByteArray())
            .put(era.after)
            .array();
    byte[] hash = sha256(script);
    RIPEMD160Digest ripemd160 = new RIPEMD160Digest();
    ripemd160.update(hash, 0, hash.length);
    byte[] body = new byte[21];
    body[0] = (byte) era.prefix;
    ripemd160.doFinal(body, 1);
    return ByteString.copyFrom(body).concat(ByteString.copyFrom(sha256(sha256(body)), 0, 4));
  }

  /** @throws GeneralSecurityException unless this key signed the data. */
  static void verify(ByteString publicKey, ByteString signature, ByteString data) throws GeneralSecurityException {
    Signature verifier = Signature.getInstance(ECDSA);
    verifier.initVerify(decompress(publicKey));
    verifier.update(data.asReadOnlyByteBuffer());
    if (signature.size() != 65 || !verifier.verify(signature.substring(1).toByteArray())) {
      throw new GeneralSecurityException("could not verify a signature of the answer");
    }
  }

  private static PublicKey decompress(ByteString bytes) throws GeneralSecurityException {
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(CURVE);
    ECParameterSpec curve = parameters.getParameterSpec(ECParameterSpec.class);
    BigInteger p = ((java.security.spec.ECFieldFp) curve.getCurve().getField()).getP();
    BigInteger x = new BigInteger(1, bytes.substring(1).toByteArray());
    BigInteger square = x.pow(3).add(curve.getCurve().getA().multiply(x)).add(curve.getCurve().getB()).mod(p);
    // The curve's prime is 3 modulo 4.
    BigInteger y = square.modPow(p.add(BigInteger.ONE).shiftRight(2), p);
    if (y.testBit(0) != (bytes.byteAt(0) == 3)) y = p.subtract(y);
    return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(new ECPoint(x, y), curve));
  }

  /** Numbers of 8 bytes, most significant first. */
  static ByteString bigEndian64(long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * values.length);
    for (long value : values) bytes.putLong(value);
    return ByteString.copyFrom(bytes.array());
  }

  private static ByteString fixed32(BigInteger value) {
    byte[] bytes = value.toByteArray();
    byte[] fixed = new byte[32];
    int length = Math.min(bytes.length, 32);
    System.arraycopy(bytes, bytes.length - length, fixed, 32 - length, length);
    return ByteString.copyFrom(fixed);
  }

  private static byte[] sha256(byte[] data) throws GeneralSecurityException {
    return MessageDigest.getInstance("SHA-256").digest(data);
  }
}
