import Type from 'typebox'
import { UINT64_MAX } from '../../core/integers.js'
import { type EpochJson, EpochSchema } from '../epoch-json.js'
import type { AdminParts } from '../parts.js'
import { Problem } from '../problem.js'
import { Uint64Schema } from '../session-json.js'
import type { AdminApp } from '../typed-app.js'

const NewEpochSchema = Type.Object({ epoch: Uint64Schema }, { additionalProperties: false })

export function epochRoutes(app: AdminApp, { epochs, log, audit }: AdminParts): void {
  const current = (): EpochJson => ({
    epoch: String(epochs.current()),
    source: epochs.kind,
    ...(epochs.length_ms === undefined ? {} : { length_ms: epochs.length_ms }),
  })

  app.get(
    '/api/v1/epoch',
    {
      config: { need: 'read' },
      schema: { summary: 'The epoch, and where it comes from', response: { 200: EpochSchema } },
    },
    current,
  )

  app.put(
    '/api/v1/epoch',
    {
      config: { need: 'operate', action: 'set-epoch' },
      schema: { summary: 'Set the epoch, where it is manual', body: NewEpochSchema, response: { 200: EpochSchema } },
    },
    (request) => {
      if (epochs.kind !== 'manual') {
        throw new Problem('epoch_not_manual', `the epoch is ${epochs.kind}; start with --epoch manual:N to set it`)
      }
      const from = epochs.current()
      const epoch = BigInt(request.body.epoch)
      if (epoch > UINT64_MAX) throw new Problem('invalid_body', `body epoch has to be 0 to ${UINT64_MAX}`)
      epochs.set(epoch)
      log.info({ from, epoch }, 'epoch set')
      audit.done(request)
      return current()
    },
  )
}
