import { expect, test } from 'vitest'
import { readAll } from './pages'

test('a list is read to its end, each page after the one before', async () => {
  const asked: (string | undefined)[] = []
  const all = await readAll(async (before) => {
    asked.push(before)
    const at = Number(before ?? 250), n = Math.min(100, at)
    return { items: Array.from({ length: n }, (_, i) => at - i), next_before: at > n ? String(at - n) : null }
  })
  expect([all.length, asked]).toEqual([250, [undefined, '150', '50']])
})
