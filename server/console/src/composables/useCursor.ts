import { api } from '@/api/client'
import type { Lists, Row } from '@/api/all'
import { useList, type List } from './useList'

type Filters = Record<string, string | number>

/* The usual list: pages by `before`, filters are the operation's own query. */
export function useCursor<O extends Lists>(op: O, filters: Filters = {}, limit = 50): List<Row<O>, Filters> {
  return useList<Row<O>, Filters>(async (q, before) => {
    const given = Object.fromEntries(Object.entries(q).filter(([, v]) => v !== '' && v !== 0))
    const r = (await api(op, { query: { ...given, before, limit } } as never)) as { items: Row<O>[]; next_before: string | null }
    return { items: r.items, next: r.next_before }
  }, filters)
}
