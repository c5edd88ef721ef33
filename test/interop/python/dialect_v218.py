"""neo.fs.v2 as a client of version 2.18 speaks it: three signatures of scheme 0, answers signed, errors as status."""

import three_signatures
from keys import Key
from v2 import session_pb2, session_pb2_grpc


def open_session(channel, asked, timeout):
    key = Key()
    request = session_pb2.CreateRequest()
    request.body.owner_id.value = key.owner("neo3")
    request.body.expiration = int(asked["expiration"])
    request.meta_header.version.major = 2
    request.meta_header.version.minor = 18
    request.meta_header.ttl = 2
    three_signatures.sign(key, request)
    answer = session_pb2_grpc.SessionServiceStub(channel).Create(request, timeout=timeout)
    session = three_signatures.opened(answer)
    status = answer.meta_header.status
    if status.code != 0:
        raise ValueError(f"status {status.code}: {status.message}")
    return session


handlers = {"open": open_session}
