"""Atomix v0.3.3: opens, keeps alive, closes. The session service is called by hand; no library does it for Python."""

from atomix import session_pb2, session_pb2_grpc

ERROR = 1


def header(asked):
    partition, number = asked["session"].split(":")
    fields = {"partition": int(partition), "session_id": int(number), "index": int(number), "primitive": {}}
    return fields


def open_session(channel, asked, timeout):
    request = session_pb2.OpenSessionRequest(header={"partition": asked["partition"], "primitive": {}})
    request.timeout.FromMilliseconds(asked["timeout_ms"])
    opened = accepted(session_pb2_grpc.SessionServiceStub(channel).OpenSession(request, timeout=timeout))
    if opened.index != opened.session_id:
        raise ValueError(f"the index is {opened.index}, the session {opened.session_id}")
    return {"session": f"{asked['partition']}:{opened.session_id}"}


def keep_alive(channel, asked, timeout):
    request = session_pb2.KeepAliveRequest(header=header(asked))
    accepted(session_pb2_grpc.SessionServiceStub(channel).KeepAlive(request, timeout=timeout))
    return {"session": asked["session"]}


def close_session(channel, asked, timeout):
    request = session_pb2.CloseSessionRequest(header=header(asked))
    accepted(session_pb2_grpc.SessionServiceStub(channel).CloseSession(request, timeout=timeout))
    return {"session": asked["session"]}


def accepted(answer):
    if not answer.HasField("header"):
        raise ValueError("the answer has no header")
    if answer.header.status == ERROR:
        raise ValueError(answer.header.message)
    return answer.header


handlers = {"open": open_session, "keep-alive": keep_alive, "close": close_session}
