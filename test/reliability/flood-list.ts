import * as attacks from './flood-attacks.js'

export interface Flood {
  readonly name: string
  /** What the hostile clients do. */
  readonly what: string
  readonly attack: attacks.Attack
  /** Streams or sockets of a full-size attack, where it is a number of them. */
  readonly size?: number
  /**
   * What the gateway does about it: every stream or socket is ended, streams are refused, connections are closed. Nothing
   * where neither it nor what it stands on can.
   */
  readonly fate?: 'all ended' | 'all closed' | 'refused' | 'thrown out'
  /** A limit that is hit then. */
  readonly limit?: string
}

export const FLOODS: readonly Flood[] = [
  {
    name: 'idle streams',
    what: 'streams without a message, and unary calls with half of one',
    attack: attacks.idleStreams,
    size: 20_000,
    fate: 'all ended',
    limit: 'limits.requestTimeout',
  },
  {
    name: 'begun handshakes',
    what: 'Init, and no Signed',
    attack: attacks.begunHandshakes,
    size: 20_000,
    fate: 'all ended',
    limit: 'limits.pendingHandshakes',
  },
  {
    name: 'unfinished messages',
    what: '120 of 127 KB of a message',
    attack: attacks.unfinishedMessages,
    size: 2000,
    fate: 'all ended',
    limit: 'limits.requestTimeout',
  },
  { name: 'slow readers', what: 'creates whose answers are not taken', attack: attacks.slowReaders, size: 20_000 },
  {
    name: 'half-open sockets',
    what: 'connected, with a part of a preface',
    attack: attacks.halfOpenSockets,
    size: 11_000,
    fate: 'all closed',
  },
  { name: 'big headers', what: '60 KB of headers in each call', attack: attacks.bigHeaders, fate: 'refused' },
  { name: 'many headers', what: '1,000 headers in each call', attack: attacks.manyHeaders, fate: 'refused' },
  { name: 'CONTINUATION', what: 'headers without end', attack: attacks.continuations, fate: 'thrown out' },
  { name: 'PING', what: 'as fast as they go', attack: attacks.pings, fate: 'thrown out' },
  { name: 'SETTINGS', what: 'as fast as they go', attack: attacks.settings, fate: 'thrown out' },
  { name: 'RST_STREAM', what: 'calls that are reset at once', attack: attacks.resets },
  { name: 'empty DATA', what: 'on an open stream', attack: attacks.emptyData, fate: 'thrown out' },
  { name: 'WINDOW_UPDATE', what: 'by 1, on an open stream', attack: attacks.windowUpdates },
  { name: 'PRIORITY', what: 'of streams that are not there', attack: attacks.priorities },
  { name: 'calls', what: 'valid ones without waiting for answers', attack: attacks.calls },
  { name: 'connections', what: 'opened and closed', attack: attacks.comingAndGoing },
]
