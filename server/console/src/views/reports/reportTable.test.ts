import { describe, expect, it } from 'vitest'
import { shown } from '@/lib/columns'
import { reports, withNames } from './reportTable'

describe('what a row of a report is called', () => {
  const cell = (report: string, by: string, row: Record<string, unknown>) => {
    const c = reports.find((r) => r.key === report)!.label(by)
    return shown(c.kind, row[c.key], c.words)
  }
  it('is a word, not a code', () => {
    expect(cell('complaints', 'kind', { key: 'praise' })).toBe('表扬')
    expect(cell('compliance', 'kind', { key: 'annual', name: 'annual' })).toBe('年检')
  })
  it('is the name of a category; of a handler, a building or a month what the server calls it', () => {
    const names = [{ code: 'fee', name: '物业收费' }]
    expect(withNames([{ key: 'fee' }, { key: 'gone' }], names).map((r) => cell('complaints', 'category', r))).toEqual(['物业收费', 'gone'])
    expect(withNames([{ key: '2026-11' }], []).map((r) => cell('complaints', 'month', r))).toEqual(['2026-11'])
  })
})
