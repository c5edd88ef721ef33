import t from 'tap'
import { type Answer, type Ask, type Code, type Happening, lineOf, type Opening, type Untimed } from './history.js'
import { HistoryModel } from './history-model.js'
import type { Bounds } from './history-state.js'

const MS = 1_000_000n
const BOUNDS: Bounds = {
  unwritten_ns: 100n * MS,
  ending_ns: 50n * MS,
  grace_ns: 200n * MS,
  seen_ns: 0n,
  tick_ns: 100n * MS,
  tolerated_ns: 200n * MS,
  late_ns: 0n,
  reclaimed_ns: 1000n * MS,
  sessions: 3,
  sessionsPerOwner: 2,
  evictsOldest: false,
  pendingHandshakes: 1,
  tombstones: 2,
  history_ms: 3_600_000,
}

const SECOND: Opening = { generation: 'atomix', life: { kind: 'timeout', end: 1000n * MS, lazy: false, partition: 1 } }
const LAZY: Opening = { generation: 'atomix', life: { kind: 'timeout', end: 1000n * MS, lazy: true, partition: 1 } }
const EPOCH: Opening = { generation: 'v2', owner: 'o', life: { kind: 'epochs', end: 12n } }

/** Writes a history: times are milliseconds, and what is asked of `a` is answered at once, if nothing else is said. */
class Writer {
  readonly happenings: Happening[] = []
  #at = 0n
  #calls = 0

  at(time_ms: number): this {
    this.#at = BigInt(time_ms) * MS
    return this
  }

  add(happening: Untimed): this {
    this.happenings.push({ ...happening, at: this.#at })
    return this
  }

  start(process = 'a', alone = true): this {
    return this.add({ what: 'start', process, alone, begun: this.#at })
  }

  drain(heard: boolean): this {
    return this.add({ what: 'drain', process: 'a', heard })
  }

  gone(process = 'a'): this {
    return this.add({ what: 'gone', process, how: 'killed' })
  }

  epoch(epoch: bigint): this {
    return this.add({ what: 'epoch', lowest: epoch, highest: epoch })
  }

  begin(ask: Ask, process = 'a'): number {
    this.#calls += 1
    this.add({ what: 'call', call: this.#calls, process, ask })
    return this.#calls
  }

  end(call: number, answer: Answer | Code): this {
    return this.add({ what: 'answer', call, answer: typeof answer === 'string' ? { code: answer } : answer })
  }

  ask(ask: Ask, answer: Answer | Code, process = 'a'): this {
    return this.end(this.begin(ask, process), answer)
  }

  open(session: string, opening: Opening): this {
    return this.ask({ do: 'open', opening }, { code: 'ok', session })
  }

  stall(from_ms: number, to_ms: number): this {
    this.at(from_ms).add({ what: 'stop', processes: ['a'] })
    return this.at(to_ms).add({ what: 'continue', processes: ['a'] })
  }

  count(open: number, tombstones: number): this {
    return this.ask({ do: 'count' }, { code: 'ok', counts: { open, tombstones } })
  }

  told(session: string, state: 'closed' | 'expired'): this {
    return this.add({ what: 'told', session, state })
  }

  refused(step: 'open' | 'prepare', opening: Opening, limit: string): this {
    return this.ask({ do: step, opening }, { code: 'limit', limit: `limits.${limit}` })
  }

  number(partition: number, number: bigint): this {
    return this.ask({ do: 'number', partition }, { code: 'ok', number: { partition, number } })
  }

  look(session: string, code: Code, process = 'a'): this {
    return this.ask({ do: 'look', session }, code, process)
  }

  keepAlive(session: string, code: Code = 'ok', process = 'a'): this {
    return this.ask({ do: 'keep alive', session, generation: 'atomix' }, code, process)
  }

  close(session: string, code: Code = 'ok', generation = 'atomix'): this {
    return this.ask({ do: 'close', session, generation }, code)
  }
}

/** Others may learn of renewals late. */
const BUSY: Bounds = { ...BOUNDS, seen_ns: 100n * MS }

const begun = () => new Writer().epoch(10n).start()
const closing = (session: string): Ask => ({ do: 'close', session, generation: undefined })
const list = (...listed: readonly (readonly [string, 'open' | 'closed' | 'expired'])[]): Answer => ({
  code: 'ok',
  listed,
})
const two = (): Writer => begun().start('b', false)

/** What may be, and what may not: the words that tell it. */
const HISTORIES: readonly (readonly [name: string, fault: RegExp | undefined, history: Writer, bounds?: Bounds])[] = [
  [
    'a whole life',
    undefined,
    begun().open('s', SECOND).at(900).keepAlive('s').at(1800).look('s', 'open').close('s').look('s', 'closed'),
  ],
  ['an acknowledged session is not there', /neither closed nor over/, begun().open('s', SECOND).look('s', 'not_found')],
  ['nor on the list', /not listed/, begun().open('s', SECOND).ask({ do: 'list' }, list())],
  ['a session nobody opened', /never opened/, begun().look('s', 'open')],
  ['one more on the list than was opened', /more sessions/, begun().ask({ do: 'list' }, list(['s', 'open']))],
  [
    'listed twice',
    /listed twice/,
    begun()
      .open('s', SECOND)
      .ask({ do: 'list' }, list(['s', 'open'], ['s', 'open'])),
  ],
  ['opened twice', /opened twice/, begun().open('s', SECOND).open('s', SECOND)],
  ['closed and open', /had ended/, begun().open('s', SECOND).close('s').look('s', 'open')],
  ['closed twice', /had ended/, begun().open('s', SECOND).close('s').close('s')],
  ['closed, then expired', /was closed before/, begun().open('s', SECOND).close('s').at(5000).look('s', 'expired')],
  ['closed by nobody', /nobody closed it/, begun().open('s', SECOND).look('s', 'closed')],
  ['expired early', /not over/, begun().open('s', SECOND).at(999).look('s', 'expired')],
  ['expired in time', undefined, begun().open('s', SECOND).at(1000).look('s', 'expired')],
  ['seen after its end', /lifetime is over/, begun().open('s', SECOND).at(1000).look('s', 'open')],
  ['told neither', undefined, begun().open('s', SECOND).at(1000).keepAlive('s', 'unknown')],
  ['told neither, too early', /neither closed nor over/, begun().open('s', SECOND).at(999).keepAlive('s', 'unknown')],
  ['a renewal counts', /not over/, begun().open('s', SECOND).at(500).keepAlive('s').at(1400).look('s', 'expired')],
  [
    'renewed, though it had expired',
    /had ended/,
    begun().open('s', SECOND).at(1000).look('s', 'expired').keepAlive('s'),
  ],
  ['not renewable', /invalid/, begun().open('s', SECOND).keepAlive('s', 'invalid')],
  [
    'renewed, and lives by epochs',
    /by epochs/,
    begun().open('s', EPOCH).ask({ do: 'keep alive', session: 's', generation: 'v2' }, 'ok'),
  ],
  ['a session of others', /of others/, begun().open('s', EPOCH).close('s')],
  ['hidden from others', undefined, begun().open('s', EPOCH).close('s', 'not_found').look('s', 'open')],
  ['forgotten too soon', /not remembered/, begun().open('s', SECOND).close('s').look('s', 'not_found')],
  ['told twice', /told twice/, begun().open('s', SECOND).close('s').told('s', 'closed').told('s', 'closed')],
  ['an answer of no protocol', /nobody may be told/, begun().open('s', SECOND).look('s', 'fault')],
  ['a store that fails', /no reason/, begun().ask({ do: 'open', opening: SECOND }, 'store_unavailable')],
  [
    'a store that may fail',
    undefined,
    begun().add({ what: 'store', fails: true }).ask({ do: 'open', opening: SECOND }, 'store_unavailable'),
  ],

  // Epochs.
  [
    'over with its epoch',
    undefined,
    begun().open('s', EPOCH).epoch(12n).look('s', 'expired').epoch(10n).look('s', 'expired'),
  ],
  ['one epoch early', /not over/, begun().open('s', EPOCH).epoch(11n).look('s', 'expired')],
  ['one epoch late', /lifetime is over/, begun().open('s', EPOCH).epoch(12n).look('s', 'open')],
  [
    'over for a moment that nobody noticed',
    undefined,
    begun().open('s', EPOCH).epoch(12n).epoch(10n).look('s', 'open'),
  ],
  [
    'and not noticed later',
    /not over/,
    begun().open('s', EPOCH).epoch(12n).epoch(10n).at(60).look('s', 'open').look('s', 'expired'),
  ],
  [
    'revived by an epoch',
    /had ended/,
    begun().open('s', EPOCH).epoch(12n).look('s', 'expired').epoch(10n).look('s', 'open'),
  ],

  // Lazy ones end by a sweep.
  ['lazy: over, and open', undefined, begun().open('s', LAZY).at(5000).look('s', 'open')],
  ['lazy: over, and nobody swept', /not over/, begun().open('s', LAZY).at(5000).look('s', 'expired')],
  [
    'lazy: swept',
    undefined,
    begun().open('s', LAZY).at(500).open('r', LAZY).at(1200).keepAlive('r').look('s', 'expired'),
  ],
  [
    'lazy: swept, and open',
    /sweep/,
    begun().open('s', LAZY).at(500).open('r', LAZY).at(1200).keepAlive('r').look('s', 'open'),
  ],

  // Numbers.
  ['a number twice', /twice/, begun().number(1, 1n).gone().start().number(1, 1n)],

  // Crashes.
  ['lost with a crash', /neither closed nor over/, begun().open('s', SECOND).gone().start().look('s', 'not_found')],
  [
    'a full timeout after a restart',
    /not over/,
    begun().open('s', SECOND).at(900).gone().at(5000).start().at(5999).look('s', 'expired'),
  ],
  [
    'and no more',
    /lifetime is over/,
    begun().open('s', SECOND).at(900).gone().at(5000).start().at(6000).look('s', 'open'),
  ],
  ['expired before the crash', undefined, begun().open('s', SECOND).at(1000).gone().start().look('s', 'expired')],
  ['closed comes back', /had ended/, begun().open('s', SECOND).close('s').gone().start().look('s', 'open')],
  ...(['open', 'closed'] as const).map((code) => {
    const history = begun().open('s', SECOND)
    return [
      `a close that nobody heard of: ${code}`,
      undefined,
      history
        .end(history.begin(closing('s')), 'lost')
        .gone()
        .start()
        .look('s', code),
    ] as const
  }),
  (() => {
    const history = begun().open('s', SECOND)
    history
      .end(history.begin(closing('s')), 'lost')
      .gone()
      .start()
      .look('s', 'open')
      .look('s', 'closed')
    return ['not done, and done later', /nobody closed it/, history]
  })(),
  (() => {
    const history = begun().open('s', SECOND)
    return [
      'a close that is still under way',
      undefined,
      history
        .end(history.begin(closing('s')), 'lost')
        .look('s', 'open')
        .look('s', 'closed'),
    ]
  })(),
  (() => {
    const history = begun()
    return [
      'an opening that nobody heard of',
      undefined,
      history
        .end(history.begin({ do: 'open', opening: SECOND }), 'lost')
        .gone()
        .start()
        .ask({ do: 'list' }, list(['s', 'open'])),
    ]
  })(),
  (() => {
    const history = begun().open('s', SECOND).at(990)
    const call = history.begin({ do: 'look', session: 's' })
    return ['asked in time, answered late', undefined, history.at(2000).end(call, 'open')]
  })(),
  (() => {
    const history = begun().epoch(12n)
    const call = history.begin({ do: 'open', opening: EPOCH })
    return ['refused as it was over, told when the epoch was back', undefined, history.epoch(10n).end(call, 'expired')]
  })(),
  [
    'refused by an epoch that had gone back',
    /as if it were over/,
    begun().epoch(12n).epoch(10n).ask({ do: 'open', opening: EPOCH }, 'expired'),
  ],
  (() => {
    const history = begun().open('s', SECOND)
    const call = history.begin({ do: 'look', session: 's' })
    return ['asked before it was closed', undefined, history.close('s').end(call, 'open')]
  })(),

  // Several processes.
  [
    'a renewal that only the one that was killed knew',
    undefined,
    two().open('s', SECOND).at(950).keepAlive('s').at(1000).gone().at(1001).look('s', 'expired', 'b'),
  ],
  [
    'a renewal that was written',
    /not over/,
    two().open('s', SECOND).at(800).keepAlive('s').at(1000).gone().at(1001).look('s', 'expired', 'b'),
  ],
  [
    'a process that joins gives nothing',
    undefined,
    begun().open('s', SECOND).at(900).start('b', false).at(1000).look('s', 'expired'),
  ],

  [
    'a renewal in the last moment, on a busy machine',
    undefined,
    two().open('s', SECOND).at(950).keepAlive('s').at(1001).look('s', 'expired', 'b'),
    BUSY,
  ],
  [
    'a renewal in good time, on a busy machine',
    /not over/,
    two().open('s', SECOND).at(850).keepAlive('s').at(1001).look('s', 'expired', 'b'),
    BUSY,
  ],
  [
    'a renewal in the last moment, on a busy machine, alone',
    /not over/,
    begun().open('s', SECOND).at(950).keepAlive('s').at(1001).look('s', 'expired'),
    BUSY,
  ],

  // Stalls.
  ['a stall is given back', /not over/, begun().open('s', SECOND).stall(500, 5500).at(6499).look('s', 'expired')],
  ['and no more', /lifetime is over/, begun().open('s', SECOND).stall(500, 5500).at(6500).look('s', 'open')],
  [
    'what was over before stays over',
    /lifetime is over/,
    begun().open('s', SECOND).stall(1200, 5500).look('s', 'open'),
  ],
  ['a short one is not', undefined, begun().open('s', SECOND).stall(900, 1150).look('s', 'expired')],

  // Limits.
  ['refused with room left', /room left/, begun().refused('open', SECOND, 'sessions')],
  [
    'refused at the limit',
    undefined,
    begun().open('1', SECOND).open('2', SECOND).open('3', SECOND).refused('open', SECOND, 'sessions'),
  ],
  ['opened beyond it', /beyond/, begun().open('1', SECOND).open('2', SECOND).open('3', SECOND).open('4', SECOND)],
  ['opened beyond that of an owner', /beyond/, begun().open('1', EPOCH).open('2', EPOCH).open('3', EPOCH)],
  [
    'too many handshakes',
    undefined,
    begun().ask({ do: 'prepare', opening: EPOCH }, 'ok').refused('prepare', EPOCH, 'pendingHandshakes'),
  ],
  ['opened while draining', /draining/, begun().drain(true).open('s', SECOND)],
  ['opened, as the signal has not arrived', undefined, begun().drain(false).open('s', SECOND)],
  [
    'opened, though another was told that it drains',
    /draining/,
    begun().drain(false).ask({ do: 'open', opening: SECOND }, 'draining').open('s', SECOND),
  ],
  ['refused as if draining', /draining/, begun().ask({ do: 'open', opening: SECOND }, 'draining')],

  // Reclaiming.
  ['not reclaimed', /are open/, begun().open('s', SECOND).at(2500).count(1, 0)],
  ['not yet', undefined, begun().open('s', SECOND).at(1500).count(1, 0)],
  ['reclaimed early', /are open/, begun().open('s', SECOND).count(0, 1)],
  ['too many are remembered', /are kept/, begun().count(0, 3)],
]

for (const [name, fault, { happenings }, bounds = BOUNDS] of HISTORIES) {
  t.test(name, async (t) => {
    const model = new HistoryModel(bounds)
    const faults = happenings.map((happening) => model.take(happening))
    const before = faults.slice(0, -1).filter((one) => one !== undefined)
    t.strictSame(before, [], 'nothing is wrong before the last')
    const last = faults.at(-1)
    if (fault === undefined) t.equal(last, undefined)
    else t.match(last, fault)
  })
}

t.test('every happening has a line', async (t) => {
  for (const [, , { happenings }] of HISTORIES) {
    for (const happening of happenings) t.match(lineOf(happening), /^ *\d+\.\d+ s {2}\S/)
  }
})
