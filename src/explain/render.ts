import type { Explanation, GenuineAnswer } from './explanation.js'

/** For people: a few lines. */
export function render(explanation: Explanation): string {
  const { id, number, text, opened, owner, lifetime, renewed, ended, genuine, now } = explanation
  const name = number === undefined ? `session ${id}` : `session ${number} (${id})`
  const moment = lifetime.kind === 'epochs' && now.epoch !== undefined ? `, in epoch ${now.epoch}` : ''
  const lines = [
    `${name}: ${text}`,
    `  opened    ${opened.text}`,
    ...(owner === undefined ? [] : [`  owner     ${owner.text}`]),
    `  lifetime  ${lifetime.text}`,
    `  renewed   ${renewed.text}`,
    ...(ended === undefined ? [] : [`  ended     ${ended.text}`]),
    ...(genuine.length === 0 ? [] : [`what genuine servers would say now${moment}`]),
    ...genuine.flatMap(genuineLines),
  ]
  return `${lines.join('\n')}\n`
}

/** Answers that follow on each other for the same reason share its line. */
function genuineLines(row: GenuineAnswer, index: number, rows: readonly GenuineAnswer[]): string[] {
  const { server, call, answer, because } = row
  const line = `  ${server}, ${call}: ${answer}`
  return rows[index + 1]?.because === because ? [line] : [line, `    ${because}`]
}
