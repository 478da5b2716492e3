import { api } from './client'
import type { Op, Ops, Staff } from './gen'

/* The lists that page by `before`. */
export type Lists = { [O in Op]: Ops[O]['reply'] extends { items: unknown[]; next_before: string | null } ? (keyof Ops[O]['path'] extends never ? O : never) : never }[Op]
export type Row<O extends Lists> = Ops[O]['reply'] extends { items: Array<infer T> } ? T : never

/* A list read to its end: where one chooses from all of it, or a sum has to be whole. */
export async function all<O extends Lists>(op: O, query: Omit<Ops[O]['query'], 'before' | 'limit'>): Promise<Row<O>[]> {
  const rows: Row<O>[] = []
  for (let before: string | undefined; ;) {
    const r = (await api(op, { query: { ...query, before, limit: 100 } } as never)) as { items: Row<O>[]; next_before: string | null }
    rows.push(...r.items)
    if (r.next_before === null) return rows
    before = r.next_before
  }
}
/* The staff are in the order they came; their list pages by `after`. */
export async function allStaff(): Promise<Staff[]> {
  const rows: Staff[] = []
  for (let after: string | undefined; ;) {
    const { items } = await api('listStaff', { query: { after, limit: 100 } })
    rows.push(...items)
    if (items.length < 100) return rows
    after = items.at(-1)!.id
  }
}
