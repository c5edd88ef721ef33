"""What E2, F0 and neo.fs.v2 have in common: body, meta header and verification header of requests and answers are signed
each (neofs-v1 4.6, neofs-v2 3)."""

from keys import verify


def sign(key, request):
    """Signs as the first hop, where there is nothing before to sign."""
    parts = {
        "body_signature": request.body.SerializeToString(),
        "meta_signature": request.meta_header.SerializeToString(),
        "origin_signature": b"",
    }
    for name, data in parts.items():
        signature = getattr(request.verify_header, name)
        signature.key = key.public
        signature.sign = key.sign(data)


def opened(answer):
    """The session of a verified answer. Raises ValueError."""
    if not answer.HasField("verify_header"):
        raise ValueError("the answer is not signed")
    parts = {
        "body_signature": answer.body.SerializeToString(),
        "meta_signature": answer.meta_header.SerializeToString(),
        "origin_signature": b"",
    }
    for name, data in parts.items():
        signature = getattr(answer.verify_header, name)
        verify(signature.key, signature.sign, data)
    return {"session": answer.body.id.hex(), "key": answer.body.session_key.hex()}
