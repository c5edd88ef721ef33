import { type Exported, exportStore, type PrivateKeys } from '../../backup/export.js'
import { ConfigError } from '../../config/error.js'
import type { ConfigInputs } from '../../config/load.js'
import { systemClock } from '../../core/clock.js'
import { isWholeKeyring } from '../../crypto/wrapping-key.js'
import { thisMachine } from '../../stores/lmdb/processes.js'
import { Salvage } from '../../stores/lmdb/salvage.js'
import { packageVersion } from '../../version.js'
import type { ExportFlags } from '../store.js'
import { type Output, openOutput } from './files.js'
import { type Place, placeOf, secretsOf, withSnapshot } from './place.js'
import { grouped, Progress } from './progress.js'

export async function exportTo(inputs: ConfigInputs, file: string, flags: ExportFlags): Promise<void> {
  const place = placeOf(inputs)
  const privateKeys = privateKeysOf(flags)
  const output = openOutput(file)
  try {
    const exported =
      flags.salvage === true ? salvage(place, privateKeys, output) : await whole(place, privateKeys, output)
    output.finish()
    if (privateKeys === 'plain' && exported.privateKeys > 0) place.log.warn({}, plainWarning(file))
    place.log.info({}, summary(exported, privateKeys))
  } finally {
    output.close()
  }
}

function privateKeysOf({ plainKeys, privateKeys }: ExportFlags): PrivateKeys {
  if (plainKeys !== true) return privateKeys ? 'sealed' : 'none'
  if (privateKeys) return 'plain'
  throw new ConfigError('--plain-keys: it does not go with --no-private-keys')
}

function whole(place: Place, privateKeys: PrivateKeys, { write }: Output): Promise<Exported> {
  return withSnapshot(place, (snapshot) => {
    const secrets = privateKeys === 'plain' ? secretsOf(place) : undefined
    secrets?.open(snapshot.meta.keyring)
    const { open, ended } = snapshot.counts
    const progress = new Progress('sessions written', open + ended)
    try {
      return exportStore(snapshot, {
        ...common(write),
        privateKeys,
        ...(secrets !== undefined && { keyring: secrets.keyring }),
        onSession: progress.step,
      })
    } finally {
      progress.end()
    }
  })
}

/** Problems that are told one by one. */
const PROBLEMS_SHOWN = 10

function salvage(place: Place, privateKeys: PrivateKeys, { write }: Output): Exported {
  const { directory, log } = place
  let problems = 0
  const onDamage = ({ message }: Error): void => {
    problems += 1
    if (problems <= PROBLEMS_SHOWN) log.warn({}, `left out: ${message}`)
  }
  const found = Salvage.open(directory, thisMachine, onDamage)
  try {
    const secrets = privateKeys === 'plain' ? secretsOf(place) : undefined
    secrets?.open(found.keyrings.find(isWholeKeyring))
    const exported = exportStore(found, {
      ...common(write),
      privateKeys,
      ...(secrets !== undefined && { keyring: secrets.keyring }),
      onSkip: (problem) => onDamage(new Error(problem)),
    })
    if (problems > PROBLEMS_SHOWN) log.warn({}, `and ${grouped(problems - PROBLEMS_SHOWN)} problems more`)
    const of = found.expected === undefined ? '' : ` of ${grouped(found.expected)} that it should have`
    log.warn({}, `salvaged ${grouped(exported.open + exported.ended)} sessions${of}`)
    return exported
  } finally {
    found.close()
  }
}

function common(write: Output['write']) {
  const now = { instant: systemClock.now(), wall_ms: systemClock.wallTime() }
  return { version: packageVersion(), now, write }
}

function summary({ open, ended, partitions, privateKeys }: Exported, form: PrivateKeys): string {
  const keys = form === 'none' ? 'without private keys' : `with ${grouped(privateKeys)} private keys ${KEY_FORMS[form]}`
  return `exported ${grouped(open)} open sessions, ${grouped(ended)} that ended, ${grouped(partitions)} partitions, ${keys}`
}

const KEY_FORMS = { sealed: "that open with the store's key file", plain: 'in clear' } as const

function plainWarning(file: string): string {
  const what = file === '-' ? 'what was written' : file
  return `${what} has private keys in clear: who reads it can sign for every session in it; keep it as you keep the key file`
}
