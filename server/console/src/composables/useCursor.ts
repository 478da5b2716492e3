import { api } from '@/api/client'
import type { Lists, Row } from '@/api/all'
import { given } from '@/lib/query'
import { useList, type List } from './useList'

type Filters = Record<string, string | number>

/* The usual list: pages by `before`, filters are the operation's own query. */
export function useCursor<O extends Lists>(op: O, filters: Filters = {}, limit = 50): List<Row<O>, Filters> {
  return useList<Row<O>, Filters>(async (q, before) => {
    const r = (await api(op, { query: { ...given(q), before, limit } } as never)) as { items: Row<O>[]; next_before: string | null }
    return { items: r.items, next: r.next_before }
  }, filters)
}
