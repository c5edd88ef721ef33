import t from 'tap'
import { namesTag } from '../../src/admin/if-none-match.js'

t.test('which headers name a tag', (t) => {
  const rows: readonly (readonly [header: string | undefined, names: boolean])[] = [
    ['"abc"', true],
    ['W/"abc"', true],
    ['"x", "abc"', true],
    ['"x",W/"abc" , "y"', true],
    ['"a,b", "abc"', true],
    ['*', true],
    [' * ', true],
    [undefined, false],
    ['', false],
    ['abc', false],
    ['"abcd"', false],
    ['"x"abc"y"', false],
    ['"x", "y"', false],
    ['"abc', false],
    ['"*"', false],
  ]
  for (const [header, names] of rows) t.equal(namesTag(header, '"abc"'), names, String(header))
  t.end()
})
