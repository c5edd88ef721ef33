// Writes docs/configuration.md from the schema of the configuration.
// --check: fails if the page is not what would be written. --from DIR: built sources (default: dist).
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { check: { type: 'boolean', default: false }, from: { type: 'string', default: 'dist' } },
})

const load = (file) => import(pathToFileURL(resolve(values.from, file)).href)
const { configKeys, configSections } = await load('config/keys.js')
const { takes } = await load('config/forms.js')
const { CONFIG_FLAGS } = await load('commands/config-flags.js')

const page = new URL('../docs/configuration.md', import.meta.url)
const text = render()
if (!values.check) {
  writeFileSync(page, text)
} else if (readFileSync(page, 'utf8') !== text) {
  process.stderr.write('docs/configuration.md is not what the schema says; run: node scripts/config-docs.mjs\n')
  process.exitCode = 1
}

function render() {
  const topLevel = [...configKeys.values()].filter(({ path }) => !path.includes('.'))
  const parts = [intro(), '## Top level', table(topLevel)]
  for (const section of configSections.values()) {
    const depth = section.path.split('.').length
    parts.push(`${'#'.repeat(depth + 1)} \`${section.path}\``, section.description)
    const keys = [...configKeys.values()].filter(({ path }) => parentOf(path) === section.path)
    if (keys.length > 0) parts.push(table(keys))
  }
  return `${parts.join('\n\n')}\n`
}

function parentOf(path) {
  return path.slice(0, Math.max(path.lastIndexOf('.'), 0))
}

function intro() {
  return `<!-- Written by scripts/config-docs.mjs from src/config/schema.ts: change it there. -->

# Configuration

Every key can be given in four ways. Flags win over the environment, the environment over the file, the file over the
preset \`strict\`, that over the defaults.

| way | form |
|---|---|
| flag | the flag in the table, or \`--set PATH=VALUE\` for any key; of two flags for one key the later wins |
| environment | \`SESSION_GATEWAY_\` and the path in upper case with \`_\`; camel case runs together: \`adapters.v1Legacy.handshakeTimeout\` is \`SESSION_GATEWAY_ADAPTERS_V1LEGACY_HANDSHAKETIMEOUT\` |
| file | \`session-gateway.yaml\` in the working directory, or the one that \`--config FILE\` names |
| preset | \`strict: true\` sets \`signatures: required\` and \`ownerCheck: on\` for \`v1Legacy\`, \`v1\` and \`v2\` |

\`session-gateway config check\` validates, \`session-gateway config print\` shows the effective values and where each came from.
Unknown keys are refused with the nearest known name; so are variables with our prefix, except those with which Kubernetes
describes services. An empty variable, and a key of the file without a value, count as not set. Paths of files start at the
working directory.

Durations have a unit: \`500ms\`, \`30s\`, \`1h30m\`, \`24h\` (units \`d\`, \`h\`, \`m\`, \`s\`, \`ms\`); only \`0\` needs none. Sizes are bytes,
\`65536\`, or have a unit: \`64KiB\`, \`4MiB\` (\`B\`, \`KiB\`, \`MiB\`, \`GiB\`).`
}

function table(keys) {
  const rows = keys.map(({ path, env, notes }) => {
    const flag = CONFIG_FLAGS.find((candidate) => candidate.path === path)?.flags.split(' ')[0]
    const names = [`\`${path}\``, ...(flag === undefined ? [] : [`\`${flag}\``]), `\`${env}\``].join('<br>')
    return `| ${names} | ${fallback(notes)} | ${cell(takes(notes))} | ${cell(notes.description)} |`
  })
  return ['| key, flag, variable | default | takes | meaning |', '|---|---|---|---|', ...rows].join('\n')
}

function fallback({ default: value }) {
  if (value === undefined) return 'none'
  return `\`${Array.isArray(value) ? value.join(',') : value}\``
}

function cell(text) {
  return text.replaceAll('|', '\\|')
}
