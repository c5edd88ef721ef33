"""Dialect E2: seed 000, with the three signatures of its only relative (neofs-v1 4.6)."""

import three_signatures
from keys import Key
from v1 import e2_pb2, e2_pb2_grpc


def open_session(channel, asked, timeout):
    key = Key()
    request = e2_pb2.CreateRequest()
    request.body.owner_id.value = key.owner("preview2")
    request.body.lifetime.exp = int(asked["expiration"])
    request.meta_header.version.major = 2
    request.meta_header.ttl = 2
    three_signatures.sign(key, request)
    return three_signatures.opened(e2_pb2_grpc.SessionStub(channel).Create(request, timeout=timeout))


handlers = {"open": open_session}
