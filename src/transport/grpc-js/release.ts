import { constants, type ServerHttp2Stream } from 'node:http2'

/**
 * Ends a stream whose call the server has ended while the client could still send: with RST_STREAM (NO_ERROR) after the
 * trailers, as grpc-go does. grpc-js leaves such a stream open until the client half-closes; one that never does would
 * fill the limit of concurrent streams of its connection and hold up every drain.
 */
export function releaseWhenAnswered(stream: ServerHttp2Stream): void {
  stream.once('wantTrailers', afterTrailers)
  stream.once('finish', afterHeadersOnly)
}

/** The library sends the trailers in a listener of this same event, and Node writes them in an immediate it sets then. */
function afterTrailers(this: ServerHttp2Stream): void {
  if (!this.readableEnded) process.nextTick(setImmediate, release, this)
}

/** A call that failed before any message has its status in the headers, and no trailers. */
function afterHeadersOnly(this: ServerHttp2Stream): void {
  if (this.sentHeaders?.['grpc-status'] !== undefined && !this.readableEnded) setImmediate(release, this)
}

function release(stream: ServerHttp2Stream): void {
  if (!stream.closed && !stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
}
