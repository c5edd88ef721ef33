"""Dialect C: one unary call (neofs-v1 3.3)."""

import struct

from keys import Key
from v1 import c_pb2, c_pb2_grpc


def open_session(channel, asked, timeout):
    key = Key()
    expiration = int(asked["expiration"])
    request = c_pb2.CreateRequest(OwnerID=key.owner("preview2"))
    request.Lifetime.ValidUntil = expiration
    request.Meta.ExtendedHeader.SetInParent()
    signature = request.Verify.Signatures.add()
    signature.Sign = key.sign(request.OwnerID + struct.pack(">QQ", 0, expiration))
    signature.Peer = key.public
    answer = c_pb2_grpc.SessionStub(channel).Create(request, timeout=timeout)
    return {"session": answer.ID.hex(), "key": answer.SessionKey.hex()}


handlers = {"open": open_session}
