"""Keys, signatures of scheme 0 and owner ids, as the clients of every NeoFS generation made them."""

import hashlib

from Crypto.Hash import RIPEMD160
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ECDSA = ec.ECDSA(hashes.SHA512())

# Before and after the public key in the script of its account (neofs-v1 5.1, neofs-v2 6).
SCRIPTS = {
    "neo2": (0x17, "21", "ac"),
    "preview2": (0x35, "0c21", "0b410a906ad4"),
    "neo3": (0x35, "0c21", "4156e7b327"),
}


class Key:
    """An owner's key."""

    def __init__(self):
        self._private = ec.generate_private_key(ec.SECP256R1())
        self.public = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

    def sign(self, data):
        """0x04, r and s."""
        r, s = utils.decode_dss_signature(self._private.sign(data, ECDSA))
        return b"\x04" + r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def owner(self, era):
        prefix, before, after = SCRIPTS[era]
        script = bytes.fromhex(before) + self.public + bytes.fromhex(after)
        body = bytes([prefix]) + RIPEMD160.new(sha256(script)).digest()
        return body + sha256(sha256(body))[:4]


def verify(public, signature, data):
    """Raises ValueError unless this key signed the data."""
    r, s = (int.from_bytes(half, "big") for half in (signature[1:33], signature[33:]))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    try:
        key.verify(utils.encode_dss_signature(r, s), data, ECDSA)
    except InvalidSignature:
        raise ValueError("could not verify a signature of the answer") from None


def sha256(data):
    return hashlib.sha256(data).digest()
