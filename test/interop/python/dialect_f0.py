"""Dialect F0: neo.fs.v2 of August 2020 (neofs-v2 1)."""

import three_signatures
from keys import Key
from v2 import f0_pb2, f0_pb2_grpc


def open_session(channel, asked, timeout):
    key = Key()
    request = f0_pb2.CreateRequest()
    request.body.owner_id.value = key.owner("preview2")
    request.body.lifetime.exp = int(asked["expiration"])
    request.meta_header.version.major = 2
    request.meta_header.ttl = 2
    three_signatures.sign(key, request)
    return three_signatures.opened(f0_pb2_grpc.SessionServiceStub(channel).Create(request, timeout=timeout))


handlers = {"open": open_session}
