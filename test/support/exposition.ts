/** One line of metrics: `name{label="value"} 1`. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/y

/** Reads Prometheus' text format strictly. @throws Error that shows a line it cannot read. */
export function parseExposition(text: string): {
  readonly types: ReadonlyMap<string, string>
  readonly samples: Sample[]
} {
  const types = new Map<string, string>()
  const samples: Sample[] = []
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ') || line === '# EOF') continue
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line)
    if (type !== null) {
      const [, name = '', kind = ''] = type
      if (types.has(name)) throw new Error(`two types of ${name}`)
      types.set(name, kind)
      continue
    }
    samples.push(sampleOf(line))
  }
  return { types, samples }
}

/** The value of one sample; undefined if there is none. */
export function sampleValue(samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}) {
  const entries = Object.entries(labels)
  return samples.find((one) => one.name === name && entries.every(([key, value]) => one.labels[key] === value))?.value
}

function sampleOf(line: string): Sample {
  const parts = LINE.exec(line)
  if (parts === null) throw new Error(`not a line of metrics: ${line}`)
  const [, name = '', labelText = '', number = ''] = parts
  const labels: Record<string, string> = {}
  LABEL.lastIndex = 0
  while (LABEL.lastIndex < labelText.length) {
    const label = LABEL.exec(labelText)
    if (label === null) throw new Error(`labels not understood: ${line}`)
    const [, key = '', value = ''] = label
    labels[key] = value
  }
  const value = number === '+Inf' ? Number.POSITIVE_INFINITY : Number(number)
  if (Number.isNaN(value) && number !== 'Nan' && number !== 'NaN') throw new Error(`no number: ${line}`)
  return { name, labels, value }
}
