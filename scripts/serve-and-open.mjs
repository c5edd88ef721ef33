// Starts a serve command on free ports, opens an Atomix session with a plain gRPC client, loads the web page, and drains it with SIGTERM.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import grpc from '@grpc/grpc-js'

/** OpenSession on partition 1 for 30 s, as go-client v0.4.1 sends it. */
const OPEN_SESSION = Buffer.from('0a040a0030011202081e', 'hex')
const START_TIMEOUT_MS = 60_000

/** The hex of the answer. Throws when the command does not serve, does not answer or does not end with 0. */
export async function serveAndOpen([command, ...args], cwd) {
  const flags = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--log-level', 'error']
  const server = spawn(command, [...args, ...flags], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(server, 'exit')
  const timer = setTimeout(() => server.kill('SIGKILL'), START_TIMEOUT_MS)
  try {
    const ready = await readyLine(server)
    const answer = await open(ready.grpc[0])
    await loadPage(`http://${ready.admin}`)
    process.kill(ready.pid, 'SIGTERM')
    const [code] = await ended
    if (code !== 0) throw new Error(`the server ended with ${code}, expected 0`)
    return answer.toString('hex')
  } finally {
    clearTimeout(timer)
    if (server.exitCode === null) server.kill('SIGKILL')
  }
}

export async function readyLine(server) {
  let text = ''
  for await (const chunk of server.stdout) {
    text += chunk
    const line = text.split('\n').find((candidate) => candidate.startsWith('{'))
    if (line !== undefined && text.includes(`${line}\n`)) {
      server.stdout.resume()
      return JSON.parse(line)
    }
  }
  throw new Error(`the server ended without its ready line; it printed ${JSON.stringify(text)}`)
}

/** The web page and what it names. */
async function loadPage(admin) {
  const html = await load(`${admin}/`)
  const assets = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)]
  if (assets.length < 2) throw new Error('the web page names no script and no style sheet')
  for (const [, path] of assets) await load(admin + path)
}

async function load(url) {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} answers ${response.status}`)
  return response.text()
}

function open(address) {
  const client = new grpc.Client(address, grpc.credentials.createInsecure())
  const same = (bytes) => bytes
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest('/atomix.session.SessionService/OpenSession', same, same, OPEN_SESSION, (error, answer) => {
      client.close()
      if (error) reject(error)
      else resolve(answer)
    })
  })
}
