import { api } from '@/api/client'
import type { Op, Ops } from '@/api/gen'
import { useList, type List } from './useList'

type Lists = { [O in Op]: Ops[O]['reply'] extends { items: unknown[]; next_before: string | null } ? (keyof Ops[O]['path'] extends never ? O : never) : never }[Op]
type Row<O extends Lists> = Ops[O]['reply'] extends { items: Array<infer T> } ? T : never
type Filters = Record<string, string | number>

/* The usual list: pages by `before`, filters are the operation's own query. */
export function useCursor<O extends Lists>(op: O, filters: Filters = {}, limit = 50): List<Row<O>, Filters> {
  return useList<Row<O>, Filters>(async (q, before) => {
    const given = Object.fromEntries(Object.entries(q).filter(([, v]) => v !== '' && v !== 0))
    const r = (await api(op, { query: { ...given, before, limit } } as never)) as { items: Row<O>[]; next_before: string | null }
    return { items: r.items, next: r.next_before }
  }, filters)
}
