import { SignatureVerifier } from '../../../src/crypto/schemes.js'
import { must } from '../case.js'
import { LAST_EPOCH, type Scene, type SceneOptions, type SessionJson } from './scene.js'

/** What a backend has to be able to do with the sessions of genuine clients, and what it has to be refused. */
export interface BackendCase extends SceneOptions {
  readonly name: string
  /** @throws Error that says what was wrong. */
  readonly run: (scene: Scene) => Promise<void>
}

const FOREIGN_OWNER = 'NbUgTSFvPmsRxmGeWpuuGeJUoRoi6PErcM'
const SCHEMES = [0, 1, 2] as const
/** More than one second has room for. */
const TOO_MANY = 50

const byId = ({ id, ownerText }: SessionJson, owner = ownerText) => ['-id', id.replaceAll('-', ''), '-owner', owner]
const byUuid = ({ id, ownerText }: SessionJson) => ['-id', id, '-owner', ownerText]
const byAccount = ({ accountText }: SessionJson) => ['-account', accountText]

export const BACKEND_CASES: readonly BackendCase[] = [
  {
    name: 'finds a session by id and owner over a unix socket, signs objects with schemes 0 to 2',
    over: 'unix',
    run: (scene) => signsAll(scene, byId(scene.session)),
  },
  {
    name: 'finds a session by account over a unix socket, signs objects with schemes 0 to 2',
    over: 'unix',
    run: (scene) => signsAll(scene, byAccount(scene.session)),
  },
  {
    name: 'finds a session by id, written as a UUID, and owner with client certificates, signs objects with schemes 0 to 2',
    over: 'certificates',
    run: (scene) => signsAll(scene, byUuid(scene.session)),
  },
  {
    name: 'finds a session by account with client certificates, signs objects with schemes 0 to 2',
    over: 'certificates',
    run: (scene) => signsAll(scene, byAccount(scene.session)),
  },
  {
    name: 'an expired session: refused and written down',
    over: 'unix',
    run: async (scene) => {
      await scene.admin('PUT', '/api/v1/epoch', JSON.stringify({ epoch: String(LAST_EPOCH + 1) }))
      await refused(scene, byId(scene.session), /^FailedPrecondition: .*has expired/, 'expired')
    },
  },
  {
    name: 'a closed session: refused and written down',
    over: 'certificates',
    run: async (scene) => {
      await scene.admin('DELETE', `/api/v1/sessions/${scene.session.id}`)
      await refused(scene, byAccount(scene.session), /^FailedPrecondition: .*was closed/, 'closed')
    },
  },
  {
    name: 'a session of another owner: refused as one that is not known, and written down',
    over: 'unix',
    run: (scene) => refused(scene, byId(scene.session, FOREIGN_OWNER), /^NotFound: no session /, 'not_found'),
  },
  {
    name: 'more signatures than the quota: refused and written down',
    over: 'unix',
    settings: { 'admin.limits.signsPerSecond': '1' },
    run: (scene) =>
      refused(
        scene,
        [...byId(scene.session), '-count', String(TOO_MANY)],
        /^ResourceExhausted: more than 1 signatures a second/,
        'too_many_signatures',
      ),
  },
  {
    name: 'a token without the role: refused and written down',
    over: 'unix',
    run: (scene) => {
      const args = [...byId(scene.session), '-token-file', scene.readToken]
      return refused(scene, args, /^PermissionDenied: .*role sign/, 'forbidden')
    },
  },
]

/** The SDK in the backend checks each object; here another implementation looks at the signatures, too. */
async function signsAll(scene: Scene, named: readonly string[]): Promise<void> {
  const verifier = new SignatureVerifier()
  for (const scheme of SCHEMES) {
    const { objects, complaint } = await scene.backend(...named, '-scheme', String(scheme))
    must(complaint === '', `scheme ${scheme}: ${complaint}`)
    const [made] = objects
    if (made === undefined) throw new Error(`scheme ${scheme}: nothing was signed`)
    must(
      made.generation === 'v2' && made.lastEpoch === String(LAST_EPOCH),
      `it found ${made.generation}, ${made.lastEpoch}`,
    )
    const [publicKey, signature, data] = [made.publicKey, made.signature, made.id].map((hex) => Buffer.from(hex, 'hex'))
    const nothing = new Uint8Array(0)
    const fault = verifier.verify({
      scheme: made.scheme,
      publicKey: publicKey ?? nothing,
      signature: signature ?? nothing,
      data: data ?? nothing,
    })
    must(made.scheme === scheme && fault === undefined, `scheme ${scheme}: ${made.scheme}, ${fault?.reason}`)
  }
  const lines = scene.audit()
  must(lines.length === SCHEMES.length, `${lines.length} lines in the audit log`)
  for (const { action, by, peer, outcome } of lines) {
    const asExpected = action === 'sign' && by === scene.caller.by && peer === scene.caller.peer && outcome === 'ok'
    must(asExpected, `the audit log says ${action} by ${by} from ${peer}: ${outcome}`)
  }
}

async function refused(scene: Scene, args: readonly string[], because: RegExp, outcome: string): Promise<void> {
  const { complaint } = await scene.backend(...args)
  must(because.test(complaint), `it says ${JSON.stringify(complaint)}, which does not match ${because}`)
  const last = scene.audit().at(-1)
  must(last?.outcome === outcome, `the audit log says ${JSON.stringify(last)}`)
}
