import { useCallback } from 'preact/hooks'
import type { SessionJson } from '../../admin/session-json.js'
import type { StoryJson } from '../../admin/story-json.js'
import { api } from '../api.js'
import { type Fact, Facts } from '../parts/facts.js'
import { Generation } from '../parts/generation.js'
import { Failed, Loading } from '../parts/notice.js'
import { Panel } from '../parts/panel.js'
import { StateBadge } from '../parts/state.js'
import { Table } from '../parts/table.js'
import { linkTo } from '../route.js'
import { usePolled } from '../use-polled.js'
import type { SignInState } from '../use-sign-in.js'
import { Actions } from './actions.js'

const STORY_MS = 5_000

interface SessionViewProps {
  readonly id: string
  readonly signIn: SignInState
}

/** One session: what became of it, what genuine servers would say of it, and what can be done. */
export function SessionView({ id, signIn }: SessionViewProps) {
  const load = useCallback(
    async (signal: AbortSignal) => {
      const [story, session] = await Promise.all([api.story(id, signal), api.session(id, signal)])
      return { story, session }
    },
    [id],
  )
  const { value, failure, reload } = usePolled(load, STORY_MS)
  return (
    <>
      <p>
        <a href={linkTo({ view: 'sessions', filter: {} })}>All sessions</a>
      </p>
      {failure !== undefined && <Failed what={`Session ${id} could not be read`} failure={failure} />}
      {failure === undefined && value === undefined && <Loading what="its story" />}
      {value !== undefined && (
        <div class="panels">
          <Story story={value.story} session={value.session} />
          <Actions id={value.session.id} session={value.session} signIn={signIn} onDone={reload} />
          <Genuine story={value.story} />
          <Keys session={value.session} />
        </div>
      )}
    </>
  )
}

function Story({ story, session }: { readonly story: StoryJson; readonly session: SessionJson }) {
  const { id, number, state, text, opened, owner, lifetime, renewed, ended } = story
  const facts: Fact[] = [
    [
      'State',
      <>
        <StateBadge state={state} /> {text === state ? '' : text}
      </>,
    ],
    ['Id', <code key="id">{id}</code>],
    ...(number === undefined ? [] : [['Number', <code key="number">{number}</code>] satisfies Fact]),
    ['Generation', <Generation key="generation" name={session.generation} />],
    ['Opened', opened.text],
    ...(owner === undefined ? [] : [['Owner', <code key="owner">{owner.text}</code>] satisfies Fact]),
    ['Lifetime', lifetime.text],
    ['Renewed', renewed.text],
    ...(ended === undefined ? [] : [['Ended', ended.text] satisfies Fact]),
  ]
  return (
    <Panel title={number === undefined ? `Session ${id}` : `Session ${number}`} wide>
      <Facts facts={facts} isList />
    </Panel>
  )
}

function Genuine({ story }: { readonly story: StoryJson }) {
  const { genuine, now } = story
  const epoch = now.epoch === undefined ? '' : `, in epoch ${now.epoch}`
  return (
    <Panel
      title={`What genuine servers would say now${epoch}`}
      note="Had they opened this session. What they answer, and why; the gateway's own answers may differ."
      wide
    >
      <Table
        caption="What genuine servers would say"
        columns={[
          { name: 'Server', isHead: true, cell: ({ server }) => server },
          { name: 'Call', cell: ({ call }) => call },
          { name: 'Answer', cell: ({ answer }) => answer },
          { name: 'Because', cell: ({ because }) => because },
        ]}
        rows={genuine}
        keyOf={({ server, call, answer }) => [server, call, answer].join('\n')}
      />
    </Panel>
  )
}

function Keys({ session }: { readonly session: SessionJson }) {
  const { publicKey, accountText, scope } = session
  const facts: Fact[] = [
    ...(publicKey === undefined ? [] : [['Public key', <code class="long">{publicKey}</code>] satisfies Fact]),
    ...(accountText === undefined ? [] : [['Account', <code>{accountText}</code>] satisfies Fact]),
    ...Object.entries(scope).map(
      ([name, value]): Fact => [name, <code class="long">{typeof value === 'string' ? value : value.join(', ')}</code>],
    ),
  ]
  if (facts.length === 0) return null
  return (
    <Panel title="Key and scope" note="The private key stays sealed; backends sign through the API." wide>
      <Facts facts={facts} isList />
    </Panel>
  )
}
