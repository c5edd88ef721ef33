import t from 'tap'
import { versionOf } from '../../src/page/client-version.js'

t.test('a version says the dialect where that is more', (t) => {
  const rows: [generation: string, dialect: string, version: string, text: string][] = [
    ['v2', 'v2', '2.21', '2.21'],
    ['v2', 'v2', '', 'none announced'],
    ['v2', 'F0', '2.0', 'F0 2.0'],
    ['v1', 'C', 'v1.3', 'C v1.3'],
    ['v1', 'Cx', 'Cx', 'Cx'],
    ['v1', 'D', 'D2-D3', 'D2-D3'],
    ['atomix', 'atomix', 'v0.2+', 'v0.2+'],
    ['v1-legacy', 'A2', '', 'A2'],
  ]
  for (const [generation, dialect, version, text] of rows) {
    t.equal(versionOf({ generation, dialect, version }), text)
  }
  t.end()
})
