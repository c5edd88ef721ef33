import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'

const SCRIPT = resolve('scripts/check-layers.mjs')

type BrokenLayers = (files: readonly { readonly file: string; readonly text: string }[]) => string[]
const { brokenLayers }: { brokenLayers: BrokenLayers } = await import(pathToFileURL(SCRIPT).href)

t.test('imports that break a layer', async (t) => {
  const table: readonly (readonly [file: string, text: string, target: string])[] = [
    ['core/x.ts', "import { Server } from '@grpc/grpc-js'", '@grpc/grpc-js'],
    ['core/x.ts', "import type { Server } from '@grpc/grpc-js'", '@grpc/grpc-js'],
    ['core/x.ts', "import { decode } from '../wire/index.js'", 'src/wire/index.ts'],
    ['stores/x.ts', "import { x } from '../adapters/adapter.js'", 'src/adapters/adapter.ts'],
    ['adapters/v2/x.ts', "import { x } from '../v1/policy.js'", 'src/adapters/v1/policy.ts'],
    ['adapters/v2/x.ts', "import {\n  x,\n  y,\n} from '../v1/policy.js'", 'src/adapters/v1/policy.ts'],
    ['adapters/x.ts', "export * from './v1/index.js'", 'src/adapters/v1/index.ts'],
    ['adapters/v1/x.ts', "import { Server } from '@grpc/grpc-js'", '@grpc/grpc-js'],
    ['companions/v2/x.ts', "import { x } from '../../adapters/v1/index.js'", 'src/adapters/v1/index.ts'],
    ['companions/v2/x.ts', "import { x } from '../../adapters/v2/policy.js'", 'src/adapters/v2/policy.ts'],
    ['transport/x.ts', "import { x } from '../core/errors.js'", 'src/core/errors.ts'],
    ['transport/transport.ts', "import 'node:net'", 'node:net'],
    ['config/x.ts', "import { x } from '../gateway/epochs.js'", 'src/gateway/epochs.ts'],
    ['admin/x.ts', "import { run } from '../commands/serve.js'", 'src/commands/serve.ts'],
    ['admin/x.ts', "import { x } from '../gateway/epochs.js'", 'src/gateway/epochs.ts'],
    ['admin/routes/x.ts', "import { type X, x } from '../../gateway/epochs.js'", 'src/gateway/epochs.ts'],
    ['admin/x.ts', "import { x } from '../explain/admin-source.js'", 'src/explain/admin-source.ts'],
    ['page/x.ts', "import { x } from '../admin/session-json.js'", 'src/admin/session-json.ts'],
    ['page/x.tsx', "import type { X } from '../admin/app.js'", 'src/admin/app.ts'],
    ['page/x.ts', "import { join } from 'node:path'", 'node:path'],
    ['keys/x.ts', "import { x } from '../admin/app.js'", 'src/admin/app.ts'],
    ['keys/x.ts', "import { x } from '../adapters/operation.js'", 'src/adapters/operation.ts'],
    ['gateway/x.ts', "const x = await import('../commands/serve.js')", 'src/commands/serve.ts'],
    ['gateway/x.ts', "import { x } from '../adapters/v2/policy.js'", 'src/adapters/v2/policy.ts'],
    ['commands/x.ts', "import { x } from '../adapters/v2/index.js'", 'src/adapters/v2/index.ts'],
  ]
  for (const [file, text, target] of table) {
    const [sentence, ...more] = brokenLayers([{ file, text: `import { z } from './z.js'\n${text}\n` }]).filter(
      (one) => !one.includes('z.ts'),
    )
    t.match(sentence, new RegExp(`^src/${file} imports ${target}; \\S+ may import `), `${file}: ${text}`)
    t.strictSame(more, [])
  }
})

t.test('imports that keep the layers', async (t) => {
  const table = [
    ['core/x.ts', "import { v4 } from 'uuid'\nimport type { X } from './y.js'"],
    ['adapters/v2/x.ts', "import { x } from '../operation.js'\nimport { y } from './policy.js'"],
    ['companions/v2/x.ts', "import { x } from '../../adapters/v2/index.js'"],
    ['transport/grpc-js/x.ts', "import { Server } from '@grpc/grpc-js'\nimport { x } from '../address.js'"],
    ['admin/x.ts', "import type { X } from '../gateway/epochs.js'"],
    ['keys/x.ts', "import { x } from '../admin/access.js'\nimport { y } from '../generated/keys/v1/session_keys.js'"],
    ['admin/x.ts', "import { x } from '../explain/explain.js'"],
    ['page/x.tsx', "import type { X } from '../admin/session-json.js'\nimport { useState } from 'preact/hooks'"],
    [
      'gateway/x.ts',
      "import { x } from '../adapters/v2/index.js'\nimport { y } from '../transport/grpc-js/transport.js'",
    ],
    ['commands/x.ts', "const x = await import('../gateway/gateway.js')"],
    ['config/x.ts', "import { Value } from 'typebox/value'"],
  ] as const
  for (const [file, text] of table) t.strictSame(brokenLayers([{ file, text }]), [], `${file}: ${text}`)
})

t.test('a file in no layer is told', async (t) => {
  t.match(brokenLayers([{ file: 'elsewhere/x.ts', text: '' }]), [/^src\/elsewhere\/x\.ts is in no layer/])
})

t.test('the sources keep them', async (t) => {
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT], { encoding: 'utf8' })
  t.equal(stderr, '')
  t.equal(status, 0)
})
