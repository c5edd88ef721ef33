"""Dialect A2: the streaming handshake of four steps, with the token's two signatures (neofs-v1 3.1)."""

import queue
import struct

from keys import Key
from v1_legacy import a2_pb2, a2_pb2_grpc

OBJECT = bytes.fromhex("00112233445546778899aabbccddeeff")


def open_session(channel, asked, timeout):
    key = Key()
    requests = queue.Queue()
    # The request stream stays open: no client of that time ever half-closed.
    responses = a2_pb2_grpc.SessionStub(channel).Create(iter(requests.get, None), timeout=timeout)

    token = a2_pb2.CreateRequest().Init
    token.Header.SetInParent()
    token.OwnerID = key.owner("neo2")
    token.LastEpoch = int(asked["expiration"])
    token.ObjectID.append(OBJECT)
    token.ID = bytes(16)
    token.PublicKeys.append(key.public)
    requests.put(signed(key, a2_pb2.CreateRequest(Init=token)))

    unsigned = next(responses).Unsigned
    for field in ("OwnerID", "FirstEpoch", "LastEpoch", "ObjectID", "PublicKeys"):
        if getattr(unsigned, field) != getattr(token, field):
            raise ValueError(f"received token differs: {field}")
    epochs = struct.pack(">QQ", unsigned.FirstEpoch, unsigned.LastEpoch)
    unsigned.Header.KeySignature = key.sign(unsigned.Header.PublicKey)
    unsigned.Signature = key.sign(epochs + b"".join(unsigned.ObjectID))
    requests.put(signed(key, a2_pb2.CreateRequest(Signed=unsigned)))

    result = next(responses).Result
    if result != unsigned:
        raise ValueError("the result is not the signed token")
    if next(responses, None) is not None:
        raise ValueError("a message came after the result")
    requests.put(None)
    return {"session": result.ID.hex(), "key": result.Header.PublicKey.hex()}


def signed(key, request):
    """Signed over the request with both headers empty, and sent with a TTL (neofs-v1 4.3)."""
    request.Meta.SetInParent()
    request.Verify.SetInParent()
    sign = key.sign(request.SerializeToString())
    request.Meta.TTL = 2
    signature = request.Verify.Signatures.add()
    signature.Sign.Sign = sign
    signature.Sign.Peer = key.public
    return request


handlers = {"open": open_session}
